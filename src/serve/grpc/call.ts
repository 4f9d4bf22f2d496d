import {
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { LONGEST_TIMER_MS } from '../../now.js'
import { Cancellation } from '../cancellation.js'
import type { Limits } from '../limits.js'
import type { Reservation } from '../memory-budget.js'
import { Refusal } from '../refusal.js'
import { compress, type Encoding, isEncoding } from '../tensors/codecs.js'
import { frameOf } from './frames.js'
import { HEADERS, OK, trailersOf } from './headers.js'
import { Incoming, SMALL_ANSWER_BYTES } from './incoming.js'

const TOO_SLOW = new Refusal('request-timeout', 'the request took too long to arrive')
const TOO_LATE = new Refusal('late', 'the deadline of the call has passed')

/** One call of a client: reads its messages, sends the answers, and ends with a status. */
export class Call {
  /** Whether the client still waits. */
  readonly cancellation = new Cancellation()
  /** The connection that it came on. */
  readonly connection: Http2Session
  readonly #stream: ServerHttp2Stream
  readonly #headers: IncomingHttpHeaders
  readonly #limits: Limits
  readonly #incoming: Incoming
  readonly #reservation: Reservation
  #endsMs: number | undefined
  #deadline: NodeJS.Timeout | undefined
  #isOver = false

  /** @param reservation grows to cover the message that is being read, and then the answer */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    limits: Limits,
    reservation: Reservation,
  ) {
    this.#stream = stream
    this.connection = stream.session!
    this.#headers = headers
    this.#limits = limits
    const encoding = this.header('grpc-encoding') ?? 'identity'
    this.#incoming = new Incoming(stream, encoding, limits.bodyBytes, reservation)
    this.#reservation = reservation
    stream.once('close', () => this.#end())
  }

  /** Refuses the call as late unless it ends within this time. */
  endAfter(timeoutMs: number): void {
    if (timeoutMs > LONGEST_TIMER_MS) return
    this.#endsMs = performance.now() + timeoutMs
    this.#deadline = setTimeout(() => this.refuse(TOO_LATE), timeoutMs)
  }

  header(name: string): string | undefined {
    const value = this.#headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  /** What is left of the time that the client gave the call, µs; undefined if it set no limit. */
  get leftUs(): number | undefined {
    if (this.#endsMs === undefined) return undefined
    return Math.max(1, (this.#endsMs - performance.now()) * 1000)
  }

  /** The message of a call that has exactly one. @throws Refusal */
  async message(): Promise<Buffer> {
    const late = setTimeout(() => this.refuse(TOO_SLOW), this.#limits.requestTimeoutMs)
    try {
      return await this.#incoming.only()
    } finally {
      clearTimeout(late)
    }
  }

  /** The messages of a stream. The next one is read only after the present one has been handled. @throws Refusal */
  messages(): AsyncGenerator<Buffer> {
    return this.#incoming.each()
  }

  /** Sends one of several messages. Resolves once the client is ready for the next. */
  async send(message: Buffer): Promise<void> {
    const frame = await this.#framed(message)
    if (this.#isGone) return
    this.#respond()
    if (!this.#stream.write(frame)) await this.#taken('drain')
  }

  /** Sends the only message of an answer. @throws Refusal `overloaded` if there is no room for it */
  async answer(message: Buffer): Promise<void> {
    const frame = await this.#framed(message)
    if (this.#isGone) return
    if (frame.byteLength > SMALL_ANSWER_BYTES) this.#reservation.grow(frame.byteLength)
    this.#respond()
    this.#finish(frame)
  }

  /** Ends the call after all its messages have been sent. */
  end(): void {
    if (this.#isGone) return
    this.#respond()
    this.#finish()
  }

  /** Ends the call with the reason why it is not served. */
  refuse(refusal: Refusal): void {
    if (this.#isGone) return
    const trailers = trailersOf(refusal)
    if (this.#stream.headersSent) {
      this.#finish(undefined, trailers)
      return
    }
    this.#end()
    this.#stream.respond({ ...HEADERS, ...trailers }, { endStream: true })
    setImmediate(() => this.#letGo())
  }

  /** A client that compresses its messages gets compressed answers, if it accepts them. */
  get #encoding(): Encoding | undefined {
    const encoding = this.header('grpc-encoding')
    if (encoding === undefined || !isEncoding(encoding)) return undefined
    const accepted = this.header('grpc-accept-encoding') ?? encoding
    return accepted.split(',').some((one) => one.trim() === encoding) ? encoding : undefined
  }

  /** Frames a message: at once, unless it has to be compressed. */
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
      setImmediate(() => this.#letGo())
    })
    this.#stream.end(last)
  }

  /**
   * Closes a stream on which the client may still send: the call is over. To be called in an immediate. Earlier it would
   * discard trailers that are not written yet, and where another call of the connection is just ending, Node 20 would
   * send empty frames without end.
   */
  #letGo(): void {
    if (this.#stream.readableEnded) return
    this.#stream.resume()
    this.#stream.close()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.cancellation.cancel()
    if (!this.#stream.destroyed) void this.#taken('close')
  }

  /** Resolves once the client has taken what was sent. A client that takes too long has its call cancelled. */
  #taken(sign: 'drain' | 'close'): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(
        () => this.#stream.close(constants.NGHTTP2_CANCEL),
        this.#limits.answerTimeoutMs,
      )
      const goOn = (): void => {
        clearTimeout(late)
        this.#stream.off(sign, goOn).off('close', goOn)
        resolve()
      }
      this.#stream.on(sign, goOn).on('close', goOn)
    })
  }

  /** Whether nothing can be sent any more. */
  get #isGone(): boolean {
    return this.#isOver || this.#stream.destroyed || this.#stream.closed
  }
}
