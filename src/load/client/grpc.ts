/** The protocol over gRPC, on the HTTP/2 client of Node: framing and statuses by gRPC's specification. */
import http2 from 'node:http2'
import {
  type Call,
  type ClientOptions,
  type Ending,
  type InferenceClient,
  ServerError,
} from './client.js'
import {
  decodeFlag,
  decodeIndexNames,
  decodeInferResponse,
  decodeModelMetadata,
  decodeServerMetadata,
  encodeInferRequest,
  encodeModelName,
  encodeReadyIndex,
} from './grpc-messages.js'

/** How a call of one message for one message ended. */
export interface Outcome {
  /** gRPC status; NO_STATUS if the connection ended before there was one. */
  readonly status: number
  readonly text: string
  /** The message, frame header included; empty without one. */
  readonly chunks: readonly Buffer[]
}

const OK = 0
const DEADLINE_EXCEEDED = 4
const RESOURCE_EXHAUSTED = 8
const NO_STATUS = -1

/** A byte that says whether the message is compressed, and its length in four. */
const FRAME_HEADER = 5

/** Large enough that a tensor is never held up by flow control. */
const WINDOW_BYTES = 16 * 2 ** 20

/** Calls spread evenly over so many connections, each of which carries many at once. */
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

  /** Never rejects. `left` is called when the call is handed to a connection. */
  unary(method: string, frame: Buffer, left: () => void): Promise<Outcome> {
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
      const timer = setTimeout(() => {
        text = `no answer within ${timeoutMs / 1000} s`
        stream.close(http2.constants.NGHTTP2_CANCEL)
      }, timeoutMs)
      if (stream.pending) stream.once('ready', left)
      else left()
      // Without a body, the status stands in the headers; else in the trailers.
      stream.on('response', (fields) => {
        answer = fields
      })
      stream.on('trailers', (fields) => {
        answer = { ...answer, ...fields }
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.once('error', (error) => {
        text ||= error.message
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
      { settings: { enablePush: false, initialWindowSize: WINDOW_BYTES } },
    )
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    // The streams of a failed connection report it; without a listener it would end the process.
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
  if (status !== undefined) {
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

/** A client of the server at `grpc://host:port`, or `grpcs://` over TLS. */
export function grpcClient(url: URL, options: ClientOptions): InferenceClient {
  const connections = new GrpcConnections(url, options)
  const ask = async (method: string, message: Buffer): Promise<Buffer> => {
    const outcome = await connections.unary(method, frameOf(message), () => {})
    if (outcome.status !== OK) throw errorOf(outcome)
    return messageOf(outcome.chunks)
  }
  const nothing = Buffer.alloc(0)
  return {
    serverIsLive: async () => decodeFlag(await ask('ServerLive', nothing)),
    serverIsReady: async () => decodeFlag(await ask('ServerReady', nothing)),
    modelIsReady: async (model, version) =>
      decodeFlag(await ask('ModelReady', encodeModelName(model, version))),
    serverMetadata: async () => decodeServerMetadata(await ask('ServerMetadata', nothing)),
    modelMetadata: async (model, version) =>
      decodeModelMetadata(await ask('ModelMetadata', encodeModelName(model, version))),
    readyModels: async () => decodeIndexNames(await ask('RepositoryIndex', encodeReadyIndex())),
    prepare: (request) => callOf(connections, encodeInferRequest(request, options.encoding)),
    infer: async (request) =>
      decodeInferResponse(await ask('ModelInfer', encodeInferRequest(request, options.encoding))),
    close: () => connections.close(),
  }
}

function callOf(connections: GrpcConnections, message: Buffer): Call {
  const frame = frameOf(message)
  return async (left) => {
    const outcome = await connections.unary('ModelInfer', frame, left)
    const ending = endingOf(outcome.status)
    return { ending, reason: ending === 'answered' ? '' : errorOf(outcome).message }
  }
}

function endingOf(status: number): Ending {
  if (status === OK) return 'answered'
  if (status === RESOURCE_EXHAUSTED) return 'refused'
  return status === DEADLINE_EXCEEDED ? 'dropped' : 'failed'
}

function errorOf({ status, text }: Outcome): ServerError {
  if (status === NO_STATUS) return new ServerError(NO_STATUS, text)
  return new ServerError(status, `gRPC ${status} ${text}`.trim())
}

function frameOf(message: Buffer): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER + message.length)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, FRAME_HEADER)
  return frame
}

/** @throws ServerError for an answer that is not one whole message */
function messageOf(chunks: readonly Buffer[]): Buffer {
  const frame = Buffer.concat(chunks)
  const isWhole =
    frame.length >= FRAME_HEADER && frame.readUInt32BE(1) + FRAME_HEADER === frame.length
  if (isWhole && frame[0] === 0) return frame.subarray(FRAME_HEADER)
  throw new ServerError(NO_STATUS, 'the answer is not one uncompressed message')
}
