import http from 'node:http'
import https from 'node:https'
import { type AnswerLimits, type ClientOptions, tooLong } from './client.js'

/** The request of one exchange. */
export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export interface Answer {
  /** The HTTP status; 0 if there was no answer, in which case `text` tells why. */
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** The beginning of the body, as far as it was kept. */
  readonly chunks: readonly Buffer[]
  readonly text: string
}

const NO_ANSWER = { status: 0, headers: {}, chunks: [] } as const
/** Node calls this "aborted". */
const CUT_SHORT = 'the connection ended within the answer'

/** Runs one exchange after another on each of several persistent connections. */
export class HttpConnections {
  readonly #url: URL
  readonly #options: ClientOptions
  readonly #agent: http.Agent
  readonly #open = new Set<http.ClientRequest>()

  constructor(url: URL, options: ClientOptions) {
    this.#url = url
    this.#options = options
    const { Agent } = url.protocol === 'https:' ? https : http
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections })
  }

  /**
   * Never rejects.
   * @param left called when the question is handed to a connection
   */
  exchange(
    { method, path, headers, body }: Question,
    { keptBytes, mostBytes }: AnswerLimits,
    left: () => void,
  ): Promise<Answer> {
    const { timeoutMs } = this.#options
    return new Promise((resolve) => {
      const request = (this.#url.protocol === 'https:' ? https : http).request({
        agent: this.#agent,
        host: this.#url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: this.#url.port,
        method,
        path: this.#url.pathname.replace(/\/$/, '') + path,
        headers: { ...this.#options.headers, ...headers, 'content-length': body?.length ?? 0 },
      })
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`))
      }, timeoutMs)
      const settle = (answer: Answer): void => {
        clearTimeout(timer)
        this.#open.delete(request)
        resolve(answer)
      }
      this.#open.add(request)
      request.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', left)
        else left()
      })
      request.once('error', (error) => settle({ ...NO_ANSWER, text: error.message }))
      request.once('response', (response) => {
        const { statusCode: status = 0, headers } = response
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          if (bytes < keptBytes) chunks.push(chunk.subarray(0, keptBytes - bytes))
          bytes += chunk.byteLength
          if (bytes > mostBytes) request.destroy(new Error(tooLong(mostBytes)))
        })
        response.once('end', () => settle({ status, headers, chunks, text: '' }))
        response.once('error', ({ message }) => {
          settle({ ...NO_ANSWER, text: message === 'aborted' ? CUT_SHORT : message })
        })
      })
      request.end(body)
    })
  }

  close(): void {
    for (const request of this.#open) request.destroy(new Error('closed'))
    this.#agent.destroy()
  }
}
