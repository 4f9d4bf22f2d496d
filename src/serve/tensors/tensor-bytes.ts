/** The bytes of a tensor, wherever they are. They are copied once, to the place where the model reads them. */
export interface TensorBytes {
  readonly byteLength: number
  /** Writes all bytes in order to the start of `target`, which must have room for them. */
  copyTo(target: Uint8Array): void
  /** All bytes in one piece: a view if possible, otherwise a copy. */
  contiguous(): Uint8Array
}

/** Bytes that lie in one piece. */
export class PlainBytes implements TensorBytes {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get byteLength(): number {
    return this.#bytes.byteLength
  }

  copyTo(target: Uint8Array): void {
    target.set(this.#bytes)
  }

  contiguous(): Uint8Array {
    return this.#bytes
  }
}

/** Bytes in the pieces in which they came from a socket. */
export class PiecedBytes implements TensorBytes {
  readonly byteLength: number
  readonly #pieces: readonly Uint8Array[]

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces
    this.byteLength = pieces.reduce((total, piece) => total + piece.byteLength, 0)
  }

  copyTo(target: Uint8Array): void {
    let at = 0
    for (const piece of this.#pieces) {
      target.set(piece, at)
      at += piece.byteLength
    }
  }

  contiguous(): Uint8Array {
    return this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
  }

  /** The bytes from `start` up to `end`, without a copy. */
  slice(start: number, end: number): PiecedBytes {
    const pieces: Uint8Array[] = []
    let at = 0
    for (const piece of this.#pieces) {
      const from = Math.max(start - at, 0)
      const to = Math.min(end - at, piece.byteLength)
      if (from < to) pieces.push(piece.subarray(from, to))
      at += piece.byteLength
    }
    return new PiecedBytes(pieces)
  }
}
