/**
 * Messages on the wire: one byte that says whether the message is compressed, four with its length, then the
 * message.
 */
import { checkPieces, compact, PIECE_BYTES } from '../memory-budget.js'
import { Refusal } from '../refusal.js'

const HEAD_BYTES = 5

export interface Frame {
  readonly isCompressed: boolean
  readonly content: Buffer
}

export function frameOf({ isCompressed, content }: Frame): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + content.byteLength)
  frame[0] = isCompressed ? 1 : 0
  frame.writeUInt32BE(content.byteLength, 1)
  frame.set(content, HEAD_BYTES)
  return frame
}

/** Cuts the bytes of a stream into frames. */
export class FrameReader {
  readonly #announced: (bytes: number) => void
  #pieces: Buffer[] = []
  #heldBytes = 0
  /** The head of the frame that is being read, once it has arrived. */
  #head: { readonly isCompressed: boolean; readonly bytes: number } | undefined

  /** @param announced is told the length of a message before it arrives; throws Refusal if that is too long */
  constructor(announced: (bytes: number) => void) {
    this.#announced = announced
  }

  /** The bytes that are held, and what their pieces take in addition. */
  get takenBytes(): number {
    return this.#heldBytes + PIECE_BYTES * this.#pieces.length
  }

  /** Whether a frame has begun and is not complete. */
  get isWithinFrame(): boolean {
    return this.#head !== undefined || this.#heldBytes > 0
  }

  /** Adds a piece of the stream. @throws Refusal `crumbs` */
  push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#heldBytes += piece.byteLength
    checkPieces(this.#pieces.length, this.#heldBytes)
  }

  /** The next frame that is complete. @throws Refusal */
  next(): Frame | undefined {
    if (this.#head === undefined) {
      if (this.#heldBytes < HEAD_BYTES) return undefined
      this.#head = readHead(this.#take(HEAD_BYTES))
      this.#announced(this.#head.bytes)
    }
    const { isCompressed, bytes } = this.#head
    if (this.#heldBytes < bytes) return undefined
    this.#head = undefined
    return { isCompressed, content: this.#take(bytes) }
  }

  /**
   * Takes this many of the bytes that have arrived. The result, and what is left, are views unless they would keep much
   * more memory than their own.
   */
  #take(bytes: number): Buffer {
    this.#heldBytes -= bytes
    const [first] = this.#pieces
    if (bytes > 0 && first.byteLength < bytes) return this.#joined(bytes)
    if (bytes === 0) return Buffer.alloc(0)
    if (first.byteLength === bytes) this.#pieces.shift()
    else this.#pieces[0] = compact(first.subarray(bytes))
    return compact(first.subarray(0, bytes))
  }

  #joined(bytes: number): Buffer {
    const all = Buffer.concat(this.#pieces)
    this.#pieces = all.byteLength > bytes ? [Buffer.from(all.subarray(bytes))] : []
    return all.subarray(0, bytes)
  }
}

function readHead(head: Buffer): { readonly isCompressed: boolean; readonly bytes: number } {
  if (head[0] > 1)
    throw new Refusal('invalid', `a message begins with 0 or 1, this one with ${head[0]}`)
  return { isCompressed: head[0] === 1, bytes: head.readUInt32BE(1) }
}
