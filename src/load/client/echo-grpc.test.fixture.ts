import { after } from 'node:test'
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import type { TensorMetadata } from './client.js'

/** Messages of the service, with fields as name, type, number; `*` marks a repeated field. */
const MESSAGES: Readonly<Record<string, string>> = {
  ServerMetadataRequest: '',
  ServerMetadataResponse: 'name string 1, version string 2, extensions string* 3',
  ModelMetadataRequest: 'name string 1, version string 2',
  ModelMetadataResponse:
    'name string 1, versions string* 2, platform string 3, inputs TensorMetadata* 4, outputs TensorMetadata* 5',
  TensorMetadata: 'name string 1, datatype string 2, shape int64* 3',
  RepositoryIndexRequest: 'repository_name string 1, ready bool 2',
  RepositoryIndexResponse: 'models ModelIndex* 1',
  ModelIndex: 'name string 1, version string 2, state string 3, reason string 4',
  SystemSharedMemoryRegisterRequest:
    'name string 1, key string 2, offset uint64 3, byte_size uint64 4',
  SystemSharedMemoryRegisterResponse: '',
  SystemSharedMemoryUnregisterRequest: 'name string 1',
  SystemSharedMemoryUnregisterResponse: '',
  ModelInferRequest:
    'model_name string 1, model_version string 2, id string 3, parameters Entry* 4, inputs Tensor* 5, outputs Requested* 6, raw_input_contents bytes* 7',
  ModelInferResponse:
    'model_name string 1, model_version string 2, id string 3, parameters Entry* 4, outputs Tensor* 5, raw_output_contents bytes* 6',
  Tensor:
    'name string 1, datatype string 2, shape int64* 3, parameters Entry* 4, contents Contents 5',
  Requested: 'name string 1, parameters Entry* 2',
  // On the wire, a map field is a repeated message of this form.
  Entry: 'key string 1, value Parameter 2',
  Parameter:
    'bool_param bool 1, int64_param int64 2, string_param string 3, double_param double 4, uint64_param uint64 5',
  Contents:
    'bool_contents bool* 1, int_contents int32* 2, int64_contents int64* 3, uint_contents uint32* 4, uint64_contents uint64* 5, fp32_contents float* 6, fp64_contents double* 7, bytes_contents bytes* 8',
}

const METHODS = [
  'ServerMetadata',
  'ModelMetadata',
  'RepositoryIndex',
  'ModelInfer',
  'SystemSharedMemoryRegister',
  'SystemSharedMemoryUnregister',
] as const

type Method = (typeof METHODS)[number]

// biome-ignore lint/suspicious/noExplicitAny: messages of the published library are untyped.
export type Message = any

/** How the server ends a call instead of answering it. */
export interface GrpcRefusal {
  readonly code: number
  readonly details: string
}

export interface GrpcEchoServer {
  readonly url: string
  readonly received: Message[]
  close(): void
}

/**
 * A server of the protocol on grpc-js and protobufjs, until the test ends. Its model `echo` returns its inputs as
 * outputs, in the form in which they came.
 */
export async function startGrpcEchoServer(
  inputs: readonly TensorMetadata[],
  before: (index: number) => Promise<GrpcRefusal | undefined> = async () => undefined,
): Promise<GrpcEchoServer> {
  const received: Message[] = []
  const answers: Record<Method, (request: Message) => Message | Promise<Message>> = {
    ServerMetadata: () => ({ name: 'echo', version: '1', extensions: ['e', 'f'] }),
    ModelMetadata({ name, version }) {
      if (name !== 'echo') throw { code: status.NOT_FOUND, details: 'no such model: 100% ü' }
      return { name, versions: [version || '7'], platform: 'test', inputs, outputs: inputs }
    },
    RepositoryIndex: ({ ready }) => ({ models: [{ name: ready ? 'echo' : 'all' }] }),
    SystemSharedMemoryRegister(request) {
      received.push(request)
      return {}
    },
    SystemSharedMemoryUnregister(request) {
      received.push(request)
      return {}
    },
    async ModelInfer(request) {
      received.push(request)
      const refusal = await before(received.length - 1)
      if (refusal !== undefined) throw refusal
      const { model_name, id, parameters, inputs: outputs, raw_input_contents } = request
      return { model_name, id, parameters, outputs, raw_output_contents: raw_input_contents }
    },
  }
  const server = new Server({ 'grpc.max_receive_message_length': -1 })
  server.addService(
    serviceDefinition(),
    Object.fromEntries(METHODS.map((method) => [method, handler(answers[method])])),
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  const close = (): void => server.forceShutdown()
  after(close)
  return { url: `grpc://127.0.0.1:${port}`, received, close }
}

function handler(
  answer: (request: Message) => Message | Promise<Message>,
): handleUnaryCall<Message, Message> {
  return async ({ request }, callback) => {
    try {
      callback(null, await answer(request))
    } catch (error) {
      callback(error as GrpcRefusal)
    }
  }
}

function serviceDefinition(): Message {
  const nested = Object.fromEntries(
    Object.entries(MESSAGES).map(([name, fields]) => [name, { fields: fieldsOf(fields) }]),
  )
  const methods = Object.fromEntries(
    METHODS.map((method) => [
      method,
      { requestType: `${method}Request`, responseType: `${method}Response` },
    ]),
  )
  const root: Message = {
    nested: { inference: { nested: { ...nested, GRPCInferenceService: { methods } } } },
  }
  const options = { keepCase: true, longs: String, arrays: true, defaults: false }
  return fromJSON(root, options)['inference.GRPCInferenceService']
}

function fieldsOf(text: string): Message {
  const fields = text.split(', ').filter((field) => field !== '')
  return Object.fromEntries(
    fields.map((field) => {
      const [name, type, id] = field.split(' ')
      const rule = type.endsWith('*') ? { rule: 'repeated' } : {}
      return [name, { type: type.replace('*', ''), id: Number(id), ...rule }]
    }),
  )
}
