import { type Dispatcher, errors, Pool } from 'undici'
import type { ClientOptions } from './client.js'

/** The request of one exchange. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export interface Answer {
  /** The HTTP status; 0 if there was no answer, and then `text` says why. */
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly chunks: readonly Buffer[]
  readonly text: string
}

const NO_ANSWER = { status: 0, headers: {}, chunks: [] } as const
const CUT_SHORT = 'the connection ended within the answer'
/** Undici's own time limits; an exchange has one as a whole. */
const NO_LIMIT = 0
/** A load of few requests is not to open a connection for each. */
const KEEP_ALIVE_MS = 60_000

/**
 * Runs one exchange after another on each of a number of kept connections. Undici takes less of the processor for an
 * exchange than Node's own client, whose time would stand in every latency.
 */
export class HttpConnections {
  readonly #pool: Pool
  /** Of the server's address, which goes before every path. */
  readonly #folder: string
  readonly #options: ClientOptions

  constructor(url: URL, options: ClientOptions) {
    this.#folder = url.pathname.replace(/\/$/, '')
    this.#options = options
    this.#pool = new Pool(url.origin, {
      connections: options.connections,
      pipelining: 1,
      headersTimeout: NO_LIMIT,
      bodyTimeout: NO_LIMIT,
      keepAliveTimeout: KEEP_ALIVE_MS,
    })
  }

  /** Never rejects. `left` is called when the question is handed to a connection. */
  exchange({ method, path, headers, body }: Question, left: () => void): Promise<Answer> {
    const { timeoutMs, headers: always } = this.#options
    return new Promise((resolve) => {
      const exchange = new Exchange(left, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      const timer = setTimeout(() => {
        exchange.giveUp(new Error(`no answer within ${timeoutMs / 1000} s`))
      }, timeoutMs)
      const question = { method, path: this.#folder + path, headers: { ...always, ...headers } }
      this.#pool.dispatch({ ...question, body: body ?? null }, exchange)
    })
  }

  close(): void {
    void this.#pool.destroy(new Error('closed'))
  }
}

/** What becomes of one question. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #left: () => void
  readonly #settle: (answer: Answer) => void
  #controller: Dispatcher.DispatchController | undefined
  #givenUp: Error | undefined
  #status = 0
  #headers: Answer['headers'] = {}
  readonly #chunks: Buffer[] = []

  constructor(left: () => void, settle: (answer: Answer) => void) {
    this.#left = left
    this.#settle = settle
  }

  giveUp(reason: Error): void {
    this.#givenUp = reason
    // One that no connection has taken yet is dropped once one would.
    if (this.#controller) this.#controller.abort(reason)
    else this.#fail(reason.message)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#givenUp) controller.abort(this.#givenUp)
    else this.#left()
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Answer['headers'],
  ): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#settle({ status: this.#status, headers: this.#headers, chunks: this.#chunks, text: '' })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const isCutShort = this.#status > 0 && error instanceof errors.SocketError
    this.#fail(isCutShort ? CUT_SHORT : error.message)
  }

  #fail(text: string): void {
    this.#settle({ ...NO_ANSWER, text })
  }
}
