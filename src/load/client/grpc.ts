/** The protocol over gRPC. */
import {
  type Call,
  type ClientOptions,
  type Ending,
  type InferenceClient,
  MOST_ANSWER_BYTES,
  ServerError,
} from './client.js'
import { GrpcConnections, NO_STATUS, type Outcome } from './grpc-connections.js'
import {
  decodeFlag,
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
  const ask = async (method: string, message: Buffer): Promise<Buffer> => {
    const outcome = await connections.unary(method, frameOf(message), MOST_ANSWER_BYTES, () => {})
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
    async registerSharedMemory(region) {
      await ask('SystemSharedMemoryRegister', encodeRegion(region))
    },
    async unregisterSharedMemory(name) {
      await ask('SystemSharedMemoryUnregister', encodeRegionName(name))
    },
    close: () => connections.close(),
  }
}

function callOf(connections: GrpcConnections, message: Buffer): Call {
  const frame = frameOf(message)
  return async (left) => {
    // The status says how the call ended, in fields of its own.
    const outcome = await connections.unary('ModelInfer', frame, 0, left)
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
