/** The protocol over gRPC. */
import {
  type AnswerLimits,
  type Call,
  type ClientOptions,
  type Ending,
  type InferenceClient,
  MOST_ANSWER_BYTES,
  MOST_DESCRIPTION_BYTES,
  ServerError,
} from './client.js'
import { GrpcConnections, NO_STATUS, type Outcome } from './grpc-connections.js'
import {
  decodeIndexNames,
  decodeInferResponse,
  decodeModelMetadata,
  decodeServerMetadata,
  encodeInferRequest,
  encodeModelName,
  encodeReadyIndex,
  encodeRegion,
  encodeRegionName,
} from './grpc-messages.js'

const OK = 0
const DEADLINE_EXCEEDED = 4
const RESOURCE_EXHAUSTED = 8

/** Length of the frame header: a byte that tells whether the message is compressed, and four for its length. */
const FRAME_HEADER = 5

/** A client for the server at `grpc://host:port`, or at `grpcs://` over TLS. */
export function grpcClient(url: URL, options: ClientOptions): InferenceClient {
  const connections = new GrpcConnections(url, options)
  const ask = async <T>(
    method: string,
    message: Buffer,
    decode: (answer: Buffer) => T,
    mostBytes = MOST_DESCRIPTION_BYTES,
  ): Promise<T> => {
    const limits = { keptBytes: mostBytes, mostBytes }
    const outcome = await connections.unary(method, frameOf(message), limits, () => {})
    if (outcome.status !== OK) throw errorOf(outcome)
    const answer = messageOf(outcome.chunks)
    try {
      return decode(answer)
    } catch (error) {
      throw new ServerError(NO_STATUS, `${method}: ${(error as Error).message}`)
    }
  }
  /** For answers that contain nothing but their status. */
  const done = (method: string, message: Buffer): Promise<void> => ask(method, message, () => {})
  return {
    serverMetadata: () => ask('ServerMetadata', Buffer.alloc(0), decodeServerMetadata),
    modelMetadata: (model, version) =>
      ask('ModelMetadata', encodeModelName(model, version), decodeModelMetadata),
    readyModels: () => ask('RepositoryIndex', encodeReadyIndex(), decodeIndexNames),
    prepare: (request) => callOf(connections, encodeInferRequest(request, options.encoding)),
    infer: (request) => {
      const message = encodeInferRequest(request, options.encoding)
      return ask('ModelInfer', message, decodeInferResponse, MOST_ANSWER_BYTES)
    },
    registerSharedMemory: (region) => done('SystemSharedMemoryRegister', encodeRegion(region)),
    unregisterSharedMemory: (name) => done('SystemSharedMemoryUnregister', encodeRegionName(name)),
    close: () => connections.close(),
  }
}

/** The status says how a call ended, in fields of its own. */
const NOTHING_KEPT: AnswerLimits = { keptBytes: 0, mostBytes: MOST_ANSWER_BYTES }

function callOf(connections: GrpcConnections, message: Buffer): Call {
  const frame = frameOf(message)
  return async (left) => {
    const outcome = await connections.unary('ModelInfer', frame, NOTHING_KEPT, left)
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

/** @throws ServerError for an answer that is not exactly one message */
function messageOf(chunks: readonly Buffer[]): Buffer {
  const frame = Buffer.concat(chunks)
  const isWhole =
    frame.length >= FRAME_HEADER && frame.readUInt32BE(1) + FRAME_HEADER === frame.length
  if (isWhole && frame[0] === 0) return frame.subarray(FRAME_HEADER)
  throw new ServerError(NO_STATUS, 'the answer is not one uncompressed message')
}
