import type { ServerHttp2Stream } from 'node:http2'
import { checkPieces, compact, PIECE_BYTES, type Reservation } from '../memory-budget.js'
import { Refusal } from '../refusal.js'
import { decompress, isEncoding, tooLarge } from '../tensors/codecs.js'
import { type Frame, FrameReader } from './frames.js'

/**
 * Memory to count for a call while it lasts, whatever it sends: it takes 10 to 22 KB in the server, and more in the
 * kernel. A client can hold a thousand calls open on each of its connections without sending anything. It includes an
 * answer that is small.
 */
export const CALL_BYTES = 2 ** 15
export const SMALL_ANSWER_BYTES = 2 ** 13

const NOTHING = Buffer.alloc(0)
const MESSAGE = 'the message'
const NOT_ONE = new Refusal('unsupported', 'expected exactly one message')
const CUT_SHORT = new Refusal('invalid', 'the stream ends within a message')
const LEFT = new Refusal('cancelled', 'the client left')

/** What a client sends in one call. */
export class Incoming {
  readonly #stream: ServerHttp2Stream
  readonly #encoding: string
  readonly #mostBytes: number
  readonly #reservation: Reservation
  readonly #reader: FrameReader
  /** Pieces that have arrived since somebody last read. */
  #unreadPieces = 0
  /** Why no more is kept of what arrives. */
  #overflow: unknown

  /**
   * @param encoding of compressed messages
   * @param mostBytes longest message, before and after decompression
   * @param reservation grows to cover whatever has arrived, whether or not it is being read
   */
  constructor(
    stream: ServerHttp2Stream,
    encoding: string,
    mostBytes: number,
    reservation: Reservation,
  ) {
    this.#stream = stream
    this.#encoding = encoding
    this.#mostBytes = mostBytes
    this.#reservation = reservation
    this.#reader = new FrameReader((bytes) => this.#expect(bytes))
    // Node keeps what arrives while nobody reads, a megabyte for each call and as many as a client likes to open.
    const push = stream.push.bind(stream)
    stream.push = (piece: Buffer | null) => push(piece && this.#arrived(piece))
  }

  /** Counts a piece, and returns what is kept of it. */
  #arrived(piece: Buffer): Buffer {
    const { readableFlowing, readableLength } = this.#stream
    // Whoever reads counts it at once.
    if (readableFlowing) return compact(piece)
    if (this.#overflow !== undefined) return NOTHING
    this.#unreadPieces = readableLength === 0 ? 1 : this.#unreadPieces + 1
    try {
      checkPieces(this.#unreadPieces, readableLength + piece.byteLength)
      this.#reservation.cover(this.#heldBytes + piece.byteLength)
    } catch (error) {
      // Whoever reads this piece, or one before it, is told. Nobody would be woken if there were none.
      this.#overflow = error
    }
    return compact(piece)
  }

  /** What has arrived of messages that have not been handled. */
  get #heldBytes(): number {
    const { readableLength } = this.#stream
    const unreadBytes = readableLength === 0 ? 0 : readableLength + PIECE_BYTES * this.#unreadPieces
    return this.#reader.takenBytes + unreadBytes
  }

  #take(piece: Buffer): void {
    if (this.#overflow !== undefined) throw this.#overflow
    this.#reader.push(piece)
    this.#reservation.cover(this.#heldBytes)
  }

  /** The only message, once the client has said that it sends no more. @throws Refusal */
  async only(): Promise<Buffer> {
    this.#reservation.cover(CALL_BYTES)
    // A call without a message has already ended here, and its `end` event would never come.
    if (this.#stream.readableEnded) throw NOT_ONE
    return this.#contentOf(await this.#onlyFrame())
  }

  #onlyFrame(): Promise<Frame> {
    return new Promise((resolve, reject) => {
      let only: Frame | undefined
      const take = (piece: Buffer): void => {
        this.#take(piece)
        for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
          if (only !== undefined) throw NOT_ONE
          only = frame
        }
      }
      this.#stream.on('data', (piece: Buffer) => {
        try {
          take(piece)
        } catch (refusal) {
          // Everything else that the client sends is discarded.
          this.#stream.removeAllListeners('data').resume()
          reject(refusal)
        }
      })
      this.#stream.once('end', () => {
        if (this.#reader.isWithinFrame) reject(CUT_SHORT)
        else if (only === undefined) reject(NOT_ONE)
        else resolve(only)
      })
      this.#stream.once('close', () => reject(LEFT))
    })
  }

  /** Every message. The next one is read only after the present one has been handled. @throws Refusal */
  async *each(): AsyncGenerator<Buffer> {
    this.#reservation.cover(CALL_BYTES)
    for await (const piece of this.#pieces()) {
      this.#take(piece)
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        // What was read before the client left would take minutes to handle, with nobody to tell.
        if (this.#stream.closed) throw LEFT
        yield await this.#contentOf(frame)
        this.#reservation.keep(Math.max(CALL_BYTES, this.#heldBytes))
      }
    }
    if (this.#reader.isWithinFrame) throw CUT_SHORT
  }

  async *#pieces(): AsyncGenerator<Buffer> {
    try {
      // If reading to the end destroyed the stream, no answer could be sent on it.
      yield* this.#stream.iterator({ destroyOnReturn: false })
    } catch {
      throw LEFT
    }
  }

  async #contentOf({ isCompressed, content }: Frame): Promise<Buffer> {
    if (!isCompressed) return content
    if (!isEncoding(this.#encoding))
      throw new Refusal(
        'unsupported-encoding',
        `grpc-encoding: expected gzip or deflate, found '${this.#encoding}'`,
      )
    const reservation = this.#reservation
    return Buffer.concat(
      await decompress(this.#encoding, content, MESSAGE, this.#mostBytes, reservation),
    )
  }

  #expect(bytes: number): void {
    if (bytes > this.#mostBytes) throw tooLarge(MESSAGE, this.#mostBytes)
    this.#reservation.expect(bytes)
  }
}
