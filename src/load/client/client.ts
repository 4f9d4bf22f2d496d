/** What a client of an inference server can do, regardless of the transport. */
import type { Datatype } from './datatypes.js'

/** A tensor of a model; -1 stands for a variable dimension. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}

export interface ServerMetadata {
  readonly name: string
  readonly version: string
  readonly extensions: readonly string[]
}

export type Parameters = Readonly<Record<string, boolean | number | string>>

/** A tensor with its values as raw bytes, regardless of the form in which it travels. */
export interface Tensor extends TensorMetadata {
  readonly data: Uint8Array
  readonly parameters?: Parameters
}

/** An input of a request. Without `data`, its parameters tell where in shared memory the data is. */
export interface InputTensor extends TensorMetadata {
  readonly data?: Uint8Array
  readonly parameters?: Parameters
}

/** A part of a POSIX shared-memory object, under the name by which requests refer to it. */
export interface SharedMemoryRegion {
  readonly name: string
  /** Name of the shared-memory object. */
  readonly key: string
  /** Where the region starts in the object. */
  readonly offset: number
  readonly byteSize: number
}

export interface InferRequest {
  readonly model: string
  readonly version?: string | undefined
  readonly id?: string
  readonly parameters?: Parameters
  readonly inputs: readonly InputTensor[]
  /** The wanted outputs. If absent, all of them. */
  readonly outputs?: readonly { readonly name: string; readonly parameters?: Parameters }[]
}

export interface InferResponse {
  readonly model: string
  readonly version: string
  readonly id: string
  readonly parameters: Parameters
  readonly outputs: readonly Tensor[]
}

/**
 * How a request ended. Refused: the server did not accept it because it is too busy. Dropped: the
 * server gave it up because it would have been late. Failed: anything else.
 */
export type Ending = 'answered' | 'refused' | 'dropped' | 'failed'

export interface Reply {
  readonly ending: Ending
  /** The reason given by the server or the connection; empty if the request was answered. */
  readonly reason: string
}

/**
 * Sends a prepared request; never rejects.
 * @param left called once, when the request is handed to a connection
 */
export type Call = (left: () => void) => Promise<Reply>

export interface InferenceClient {
  /** @throws ServerError */
  serverMetadata(): Promise<ServerMetadata>
  /** @throws ServerError */
  modelMetadata(model: string, version?: string): Promise<ModelMetadata>
  /** Names of the models that are loaded. @throws ServerError */
  readyModels(): Promise<string[]>
  /** Encodes a request once, so that it can be sent many times. */
  prepare(request: InferRequest): Call
  /** @throws ServerError */
  infer(request: InferRequest): Promise<InferResponse>
  /** Makes system shared memory known to the server. @throws ServerError */
  registerSharedMemory(region: SharedMemoryRegion): Promise<void>
  /** @throws ServerError */
  unregisterSharedMemory(name: string): Promise<void>
  /** Ends every connection. Calls that are under way end as failed; a later call opens a new connection. */
  close(): void
}

export interface ClientOptions {
  /** The largest number of connections to open. */
  readonly connections: number
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number
  /** HTTP headers or gRPC metadata sent with every request, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** `raw`: tensors as bytes. `values`: JSON numbers, or the typed lists of gRPC. */
  readonly encoding: 'raw' | 'values'
}

/** How much is read of an answer. */
export interface AnswerLimits {
  /** The bytes of its body that are kept; the rest is read and forgotten. */
  readonly keptBytes: number
  /** An answer with more bytes is given up. */
  readonly mostBytes: number
}

/** The answer to a batch of eight segmented images has 180 MB. What has more has no end. */
export const MOST_ANSWER_BYTES = 2 ** 28
/** Of an answer, what are values and not raw bytes: parsed, it takes fifty times the memory. */
export const MOST_VALUE_BYTES = 2 ** 24
/** What a server says of itself and its models: over gRPC, it takes a hundred times the memory. */
export const MOST_DESCRIPTION_BYTES = 2 ** 22
/** Inputs or outputs of a model, and dimensions of each. */
export const MOST_TENSORS = 1024
/** Models in the index of a server. */
export const MOST_INDEXED = 2 ** 15

export function tooLong(mostBytes: number): string {
  return `the answer has more than ${mostBytes / 2 ** 20} MiB`
}

/** The server answered with an error, or not at all. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  /** HTTP status or gRPC status; 0 or less if there was no answer, or one that makes no sense. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
