import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { Context } from '../context.js'
import { cannotListen } from '../listening.js'
import { arrivalTimeout } from './arrival-timeout.js'
import { errorOf, headerOf } from './calls.js'
import type { HandledMethod } from './handlers.js'
import { infer, inferStream } from './infer.js'
import { GRPCInferenceService } from './inference_pb.js'
import { decodeMessage, encodeMessage } from './messages.js'
import { HANDLERS, OPEN_CALLS } from './routes.js'

/** How many calls one connection may have under way. */
const STREAMS_PER_CONNECTION = 1024

/** A gRPC server of the Open Inference Protocol, not yet listening. */
export function createGrpcServer(context: Context): Server {
  const { limits } = context
  const server = new Server({
    'grpc.max_receive_message_length': limits.bodyBytes,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': STREAMS_PER_CONNECTION,
    'grpc.max_connection_idle_ms': limits.idleTimeoutMs,
    interceptors: [arrivalTimeout(limits.requestTimeoutMs)],
  })
  server.addService(definition(), implementation(context))
  return server
}

/** Listens, and says at which port. @throws WorkError */
export function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(cannotListen(address, error))
      else resolve(port)
    })
  })
}

/**
 * Messages stay bytes here, so that bytes that are not a message are answered like any other wrong
 * request.
 */
function definition(): ServiceDefinition {
  const asTheyAre = (bytes: Buffer): Buffer => bytes
  const entries = GRPCInferenceService.methods.map((method) => [
    method.localName,
    {
      path: `/${GRPCInferenceService.typeName}/${method.name}`,
      requestStream: method.methodKind === 'bidi_streaming',
      responseStream: method.methodKind === 'bidi_streaming',
      requestSerialize: asTheyAre,
      requestDeserialize: asTheyAre,
      responseSerialize: asTheyAre,
      responseDeserialize: asTheyAre,
    },
  ])
  return Object.fromEntries(entries)
}

function implementation(context: Context): UntypedServiceImplementation {
  const handled = (Object.keys(HANDLERS) as HandledMethod[]).map((name) => [
    name,
    (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
      void answer(context, name, call, reply),
  ])
  return {
    ...Object.fromEntries(handled),
    modelInfer: (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
      void infer(context, call, reply),
    modelStreamInfer: (call: Parameters<typeof inferStream>[1]) => void inferStream(context, call),
  }
}

async function answer(
  context: Context,
  name: HandledMethod,
  call: ServerUnaryCall<Buffer, Buffer>,
  reply: sendUnaryData<Buffer>,
): Promise<void> {
  const { input, output } = GRPCInferenceService.method[name]
  // The compiler cannot see that the handler of a name takes the input of that name.
  const handler = HANDLERS[name] as (context: Context, request: unknown) => object
  try {
    if (!OPEN_CALLS.has(name)) context.tenants.tenantOf(headerOf(call, 'authorization'))
    const request = decodeMessage(input, call.request)
    reply(null, encodeMessage(output, await handler(context, request)))
  } catch (error) {
    reply(errorOf(context.service.explained(error)))
  }
}
