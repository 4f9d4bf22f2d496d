/** A tensor's bytes wherever they lie; they are copied once, to where the model wants them. */
export interface TensorBytes {
  readonly byteLength: number
  /** Copies everything to `target` from `offset` on. */
  copyTo(target: Uint8Array, offset: number): void
  /** Everything in one piece: a view where that is possible, else a copy. */
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

  copyTo(target: Uint8Array, offset: number): void {
    target.set(this.#bytes, offset)
  }

  contiguous(): Uint8Array {
    return this.#bytes
  }
}

/** Bytes as they came from a socket, in pieces. */
export class PiecedBytes implements TensorBytes {
  readonly byteLength: number
  readonly #pieces: readonly Uint8Array[]

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces
    this.byteLength = pieces.reduce((total, piece) => total + piece.byteLength, 0)
  }

  copyTo(target: Uint8Array, offset: number): void {
    let at = offset
    for (const piece of this.#pieces) {
      target.set(piece, at)
      at += piece.byteLength
    }
  }

  contiguous(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]
    const bytes = new Uint8Array(this.byteLength)
    this.copyTo(bytes, 0)
    return bytes
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
