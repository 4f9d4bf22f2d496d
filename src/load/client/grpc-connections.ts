/** Calls as in gRPC's specification, on Node's HTTP/2 client. */
import http2 from 'node:http2'
import { type AnswerLimits, type ClientOptions, tooLong } from './client.js'

/** The outcome of a unary call, in which one message is sent and one received. */
export interface Outcome {
  /** gRPC status, or {@link NO_STATUS}. */
  readonly status: number
  readonly text: string
  /** The beginning of the message, as far as it was kept, including its frame header; empty if there is no message. */
  readonly chunks: readonly Buffer[]
}

/** The status if the connection ended before there was one. */
export const NO_STATUS = -1

/**
 * The bytes that may be on their way over a connection, enough to need few pauses. Node reads nothing while it waits to
 * write, so where two of its kind send each other more than the sockets between them hold, neither ever reads again. The
 * sockets of one machine hold this much.
 */
const WINDOW_BYTES = 2 ** 20

/**
 * Memory that a connection may use, in MB. With Node's default of 10 MB it refuses calls under
 * load.
 */
const MOST_SESSION_MB = 2 ** 20

/** Spreads calls evenly over several connections, each of which carries many at once. */
export class GrpcConnections {
  readonly #url: URL
  readonly #options: ClientOptions
  readonly #sessions: (http2.ClientHttp2Session | undefined)[]
  #next = 0

  constructor(url: URL, options: ClientOptions) {
    this.#url = url
    this.#options = options
    this.#sessions = new Array(options.connections).fill(undefined)
  }

  /**
   * Never rejects.
   * @param left called when the call is handed to a connection
   */
  unary(
    method: string,
    frame: Buffer,
    { keptBytes, mostBytes }: AnswerLimits,
    left: () => void,
  ): Promise<Outcome> {
    const { timeoutMs, headers } = this.#options
    return new Promise((resolve) => {
      const stream = this.#session().request({
        ':method': 'POST',
        ':path': `/inference.GRPCInferenceService/${method}`,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      })
      let answer: http2.IncomingHttpHeaders = {}
      let text = ''
      const chunks: Buffer[] = []
      let bytes = 0
      const giveUp = (reason: string): void => {
        text = reason
        stream.close(http2.constants.NGHTTP2_CANCEL)
        // A connection that takes nothing any more would never tell the server, and the call would never end.
        stream.destroy()
      }
      const timer = setTimeout(giveUp, timeoutMs, `no answer within ${timeoutMs / 1000} s`)
      if (stream.pending) stream.once('ready', left)
      else left()
      // The status is in the headers if there is no body, otherwise in the trailers.
      stream.on('response', (fields) => {
        answer = fields
      })
      stream.on('trailers', (fields) => {
        answer = { ...answer, ...fields }
      })
      stream.on('data', (chunk: Buffer) => {
        if (bytes < keptBytes) chunks.push(chunk.subarray(0, keptBytes - bytes))
        bytes += chunk.byteLength
        if (bytes > mostBytes) giveUp(tooLong(mostBytes))
      })
      stream.once('error', ({ message, cause }) => {
        text ||= cause instanceof Error ? cause.message : message
      })
      stream.once('close', () => {
        clearTimeout(timer)
        resolve(outcomeOf(answer, text, chunks))
      })
      stream.end(frame)
    })
  }

  close(): void {
    for (const session of this.#sessions) session?.destroy(new Error('closed'))
  }

  #session(): http2.ClientHttp2Session {
    const index = this.#next++ % this.#sessions.length
    const kept = this.#sessions[index]
    if (kept !== undefined && !kept.closed && !kept.destroyed) return kept
    const session = http2.connect(
      `${this.#url.protocol === 'grpcs:' ? 'https' : 'http'}://${this.#url.host}`,
      {
        settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
        maxSessionMemory: MOST_SESSION_MB,
      },
    )
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    // The streams report a failed connection; this listener only keeps the event from ending the
    // process.
    session.on('error', () => {})
    this.#sessions[index] = session
    return session
  }
}

function outcomeOf(
  answer: http2.IncomingHttpHeaders,
  text: string,
  chunks: readonly Buffer[],
): Outcome {
  const status = answer['grpc-status']
  if (/^\d+$/.test(`${status}`)) {
    return {
      status: Number(status),
      text: percentDecoded(`${answer['grpc-message'] ?? ''}`),
      chunks,
    }
  }
  const httpStatus = Number(answer[':status'] ?? 0)
  const reason =
    httpStatus === 0 || httpStatus === 200 ? 'the call ended early' : `HTTP ${httpStatus}`
  return { status: NO_STATUS, text: text || reason, chunks }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
