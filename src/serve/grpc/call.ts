import {
  constants,
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
import { Incoming } from './incoming.js'

const TOO_SLOW = new Refusal('request-timeout', 'the request took too long to arrive')
const TOO_LATE = new Refusal('late', 'the deadline of the call has passed')

/** One call of a client: reads its messages and sends those that answer them, then a status. */
export class Call {
  /** Whether the client still waits. */
  readonly cancellation = new Cancellation()
  readonly #stream: ServerHttp2Stream
  readonly #headers: IncomingHttpHeaders
  readonly #limits: Limits
  readonly #incoming: Incoming
  readonly #reservation: Reservation
  #endsMs: number | undefined
  #deadline: NodeJS.Timeout | undefined
  #isOver = false

  /** @param reservation made to cover the message that is being read, and then the answer */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    limits: Limits,
    reservation: Reservation,
  ) {
    this.#stream = stream
    this.#headers = headers
    this.#limits = limits
    const encoding = this.header('grpc-encoding') ?? 'identity'
    this.#incoming = new Incoming(stream, encoding, limits.bodyBytes, reservation)
    this.#reservation = reservation
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
      return await this.#incoming.only()
    } finally {
      clearTimeout(late)
    }
  }

  /** The messages of a stream, each once the one before has been dealt with. @throws Refusal */
  messages(): AsyncGenerator<Buffer> {
    return this.#incoming.each()
  }

  /** Sends one of several messages; resolves once the client keeps up. */
  async send(message: Buffer): Promise<void> {
    const frame = await this.#framed(message)
    if (this.#isGone) return
    this.#respond()
    if (!this.#stream.write(frame)) await this.#taken('drain')
  }

  /** Sends the message that is the whole answer. @throws Refusal `overloaded` if there is no room for it */
  async answer(message: Buffer): Promise<void> {
    const frame = await this.#framed(message)
    if (this.#isGone) return
    this.#reservation.grow(frame.byteLength)
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
      // A stream that is closed at once throws away the trailers that are still to be written.
      setImmediate(() => this.#letGo())
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
    this.cancellation.cancel()
    if (!this.#stream.destroyed) void this.#taken('close')
  }

  /** Resolves once the client has taken what it was sent; where it takes too long, the call is cut off. */
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

  /** Whether nothing more can be sent. */
  get #isGone(): boolean {
    return this.#isOver || this.#stream.destroyed || this.#stream.closed
  }
}
