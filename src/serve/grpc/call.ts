import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Reservation } from '../admission.js'
import { compress, decompress, type Encoding, isEncoding, tooLarge } from '../codecs.js'
import type { Limits } from '../limits.js'
import { Presence } from '../presence.js'
import { Refusal } from '../refusal.js'
import { type Frame, FrameReader, frameOf } from './frames.js'
import { GRPC_STATUS, STATUS } from './status.js'

const MESSAGE = 'the message'
/** A longer timer would overflow and go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const TOO_SLOW = new Refusal('request-timeout', 'the request took too long to arrive')
const TOO_LATE = new Refusal('late', 'the deadline of the call has passed')

/** One call of a client: reads its messages and sends those that answer them, then a status. */
export class Call {
  /** Whether the client still waits. */
  readonly presence = new Presence()
  readonly #stream: ServerHttp2Stream
  readonly #headers: IncomingHttpHeaders
  readonly #limits: Limits
  readonly #reservation: Reservation
  readonly #reader: FrameReader
  #endsMs: number | undefined
  #deadline: NodeJS.Timeout | undefined
  #isOver = false

  /** @param reservation made to cover the message that is being read */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    limits: Limits,
    reservation: Reservation,
  ) {
    this.#stream = stream
    this.#headers = headers
    this.#limits = limits
    this.#reservation = reservation
    this.#reader = new FrameReader((bytes) => this.#reserve(bytes))
    stream.once('close', () => this.#end())
  }

  /** Refuses the call as late if it has not ended by then. */
  endAfter(timeoutMs: number): void {
    if (timeoutMs > LONGEST_TIMER_MS) return
    this.#endsMs = performance.now() + timeoutMs
    this.#deadline = setTimeout(() => this.refuse(TOO_LATE), timeoutMs)
  }

  header(name: string): string | undefined {
    const value = this.#headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  /** Microseconds that are left of what the client gave the call; undefined if it gave no limit. */
  get leftUs(): number | undefined {
    if (this.#endsMs === undefined) return undefined
    return Math.max(1, (this.#endsMs - performance.now()) * 1000)
  }

  /** The message of a call that has exactly one. @throws Refusal */
  async message(): Promise<Buffer> {
    const late = setTimeout(() => this.refuse(TOO_SLOW), this.#limits.requestTimeoutMs)
    try {
      return await this.#contentOf(await this.#onlyFrame())
    } finally {
      clearTimeout(late)
    }
  }

  /** The only frame of a client, once it has said that it sends no more. */
  #onlyFrame(): Promise<Frame> {
    return new Promise((resolve, reject) => {
      let only: Frame | undefined
      const take = (piece: Buffer): void => {
        this.#reader.push(piece)
        for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
          if (only !== undefined) throw NOT_ONE
          only = frame
        }
      }
      this.#stream.on('data', (piece: Buffer) => {
        try {
          take(piece)
        } catch (refusal) {
          // Whatever else comes is thrown away.
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

  /** The messages of a stream, each once the one before has been dealt with. @throws Refusal */
  async *messages(): AsyncGenerator<Buffer> {
    for await (const piece of this.#pieces()) {
      this.#reader.push(piece)
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        yield await this.#contentOf(frame)
        this.#reservation.release()
      }
    }
    if (this.#reader.isWithinFrame) throw CUT_SHORT
  }

  async *#pieces(): AsyncGenerator<Buffer> {
    try {
      // A stream that was destroyed at the end of reading could not be answered.
      yield* this.#stream.iterator({ destroyOnReturn: false })
    } catch {
      throw LEFT
    }
  }

  async #contentOf({ isCompressed, content }: Frame): Promise<Buffer> {
    if (!isCompressed) return content
    const encoding = this.header('grpc-encoding') ?? 'identity'
    if (!isEncoding(encoding))
      throw new Refusal(
        'unsupported-encoding',
        `grpc-encoding: expected gzip or deflate, found '${encoding}'`,
      )
    const bytes = await decompress(encoding, content, MESSAGE, this.#limits.bodyBytes)
    this.#reservation.cover(bytes.byteLength)
    return bytes
  }

  #reserve(bytes: number): void {
    if (bytes > this.#limits.bodyBytes) throw tooLarge(MESSAGE, this.#limits.bodyBytes)
    this.#reservation.cover(bytes)
  }

  /** Sends one of several messages; resolves once the client keeps up. */
  async send(message: Buffer): Promise<void> {
    const frame = await this.#framed(message)
    if (this.#isGone) return
    this.#respond()
    if (this.#stream.write(frame)) return
    await new Promise((resolve) => {
      this.#stream.once('drain', resolve).once('close', resolve)
    })
  }

  /** Sends the message that is the whole answer. */
  async answer(message: Buffer): Promise<void> {
    const frame = await this.#framed(message)
    if (this.#isGone) return
    this.#respond()
    this.#finish(frame)
  }

  /** Says that every message has been sent. */
  end(): void {
    if (this.#isGone) return
    this.#respond()
    this.#finish()
  }

  /** Ends the call with why it is not served. */
  refuse(refusal: Refusal): void {
    if (this.#isGone) return
    const trailers = trailersOf(refusal)
    if (this.#stream.headersSent) {
      this.#finish(undefined, trailers)
      return
    }
    this.#end()
    this.#stream.respond({ ...HEADERS, ...trailers }, { endStream: true })
    this.#letGo()
  }

  /** A client that compresses what it sends is answered alike, if it takes that. */
  get #encoding(): Encoding | undefined {
    const encoding = this.header('grpc-encoding')
    if (encoding === undefined || !isEncoding(encoding)) return undefined
    const accepted = this.header('grpc-accept-encoding') ?? encoding
    return accepted.split(',').some((one) => one.trim() === encoding) ? encoding : undefined
  }

  /** A frame, at once unless it has to be compressed. */
  #framed(content: Buffer): Buffer | Promise<Buffer> {
    const encoding = this.#encoding
    if (encoding === undefined) return frameOf({ isCompressed: false, content })
    return compress(encoding, content).then((compressed) =>
      frameOf({ isCompressed: true, content: compressed }),
    )
  }

  #respond(): void {
    if (this.#stream.headersSent) return
    const encoding = this.#encoding
    const headers = encoding === undefined ? HEADERS : { ...HEADERS, 'grpc-encoding': encoding }
    this.#stream.respond(headers, { waitForTrailers: true })
  }

  #finish(last?: Buffer, trailers: OutgoingHttpHeaders = OK): void {
    this.#end()
    this.#stream.once('wantTrailers', () => {
      this.#stream.sendTrailers(trailers)
      this.#letGo()
    })
    this.#stream.end(last)
  }

  /** Ends a call whose client still sends; it is no longer of any use. */
  #letGo(): void {
    if (this.#stream.readableEnded) return
    this.#stream.resume()
    this.#stream.close()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.presence.leave()
  }

  /** Whether nothing more can be sent. */
  get #isGone(): boolean {
    return this.#isOver || this.#stream.destroyed || this.#stream.closed
  }
}

const NOT_ONE = new Refusal('unsupported', 'expected exactly one message')
const CUT_SHORT = new Refusal('invalid', 'the stream ends within a message')
const LEFT = new Refusal('cancelled', 'the client left')

const HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity,gzip,deflate',
}
const OK: OutgoingHttpHeaders = { 'grpc-status': STATUS.OK }

function trailersOf({ reason, message, retryAfterS }: Refusal): OutgoingHttpHeaders {
  return {
    'grpc-status': GRPC_STATUS[reason],
    'grpc-message': percentEncoded(message),
    ...(reason === 'overloaded' && { 'retry-after': `${Math.max(1, Math.ceil(retryAfterS))}` }),
  }
}

/** Printable ASCII as it is, and every other byte of the UTF-8 as two digits behind a percent sign. */
function percentEncoded(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^ -$&-~]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
