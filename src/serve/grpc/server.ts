import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { DescMethod } from '@bufbuild/protobuf'
import { getOrMake } from '../../maps.js'
import type { Allowance, Context } from '../context.js'
import type { Reservation } from '../memory-budget.js'
import { readInTurns } from '../reading.js'
import { Refusal } from '../refusal.js'
import { nextTurn } from '../turns.js'
import { Call } from './call.js'
import { CallLimit } from './call-limit.js'
import type { HandledMethod } from './handlers.js'
import { Health } from './health_pb.js'
import { check, watch } from './health-service.js'
import { CALL_BYTES } from './incoming.js'
import { infer, inferStream } from './infer.js'
import { GRPCInferenceService } from './inference_pb.js'
import { decodeMessage, encodeMessage } from './messages.js'
import { reflect } from './reflection.js'
import { HANDLERS, OPEN_CALLS } from './routes.js'
import { type GrpcServer, noteSessions } from './sessions.js'
import { readTimeoutMs } from './timeout.js'

/**
 * How many calls one connection may have open. All connections together may have as many as fill half of the memory for
 * requests, so that a few dozen which send nothing leave room for others.
 */
const STREAMS_PER_CONNECTION = 1024
/** The bytes that a call may send before they are read: enough for an image, so that sending one needs no pause. */
const WINDOW_BYTES = 2 ** 20
/**
 * Node's own bound would count large messages against one connection. The memory budget bounds those of all of them.
 */
const SESSION_MEMORY = Number.MAX_SAFE_INTEGER

type Serve = (context: Context, call: Call) => Promise<void>

type MethodName = keyof typeof GRPCInferenceService.method

const WATCH = pathOf(Health.method.watch)

const METHODS: ReadonlyMap<string, Serve> = new Map([
  ...(Object.keys(GRPCInferenceService.method) as MethodName[]).map((name): [string, Serve] => [
    pathOf(GRPCInferenceService.method[name]),
    methodOf(name),
  ]),
  [pathOf(Health.method.check), check],
  [WATCH, watch],
  ...['v1', 'v1alpha'].map((version): [string, Serve] => [
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    reflect,
  ]),
])

/**
 * Calls that ask whether the server lives. They are answered even while requests fill the memory set apart for
 * them.
 */
const PROBES: ReadonlySet<string> = new Set([
  ...[...OPEN_CALLS].map((name) => pathOf(GRPCInferenceService.method[name])),
  pathOf(Health.method.check),
])

/**
 * How many of them may be open, and how many that go on asking. A few clients with thousands would otherwise keep
 * everybody from hearing that the server lives.
 */
const MOST_PROBES = 1024

/** A gRPC server of the Open Inference Protocol, not yet listening. */
export function createGrpcServer(context: Context): GrpcServer {
  const { limits } = context
  const server = createServer({
    maxSessionMemory: SESSION_MEMORY,
    settings: {
      maxConcurrentStreams: STREAMS_PER_CONNECTION,
      initialWindowSize: WINDOW_BYTES,
      maxHeaderListSize: limits.headerBytes,
    },
  })
  readInTurns(server, 'stream')
  const sessions = noteSessions(server, limits)
  const probing: Kind = { allowance: context.probes, limit: new CallLimit(MOST_PROBES) }
  const watching: Kind = { allowance: context.watches, limit: new CallLimit(MOST_PROBES) }
  const mostAsking = Math.max(STREAMS_PER_CONNECTION, limits.heldBytes / CALL_BYTES / 2)
  const asking: Kind = { allowance: context, limit: new CallLimit(mostAsking) }
  const kindOf = (path: string): Kind => {
    if (PROBES.has(path)) return probing
    return path === WATCH ? watching : asking
  }
  // A connection that breaks ends its calls, and each of them notices.
  server.on('sessionError', () => {})
  server.on('stream', async (stream, headers) => {
    // A stream that breaks is also closed, and its call notices that.
    stream.on('error', () => {})
    // Node keeps the stream of a client that has left until all it sent has been read. Nobody would read it while an
    // answer waits to be taken.
    stream.once('aborted', () => setImmediate(() => stream.destroy()))
    const kind = kindOf(headers[':path'] ?? '')
    const { allowance } = kind
    const excess = kind.limit.add(stream)
    // Within the call that hands this stream over, Node 20 would send without end for streams that are just closing.
    if (excess !== undefined) setImmediate(() => end(excess))
    const room = allowance.memoryBudget.reserveIfRoom(CALL_BYTES)
    // One read can bring a thousand calls of a connection. Those for which there is no memory are refused at once, as
    // waiting for a turn takes memory, too. Whoever asks whether the server lives does not wait behind the requests that
    // came on the same connection.
    const session = stream.session!
    const reservation = room ?? allowance.memoryBudget.reserve(0)
    // An answer is held until the client has taken it.
    stream.once('close', () => reservation.release())
    if (room !== undefined) await nextTurn(kind === asking ? session : probesOf(session))
    if (!stream.closed) await serve(context, stream, headers, { allowance, reservation })
    if (stream.destroyed) reservation.release()
  })
  return { server, sessions }
}

/** Ends a call. Clients of gRPC take the code for `RESOURCE_EXHAUSTED`. */
function end(call: ServerHttp2Stream): void {
  call.resume().close(constants.NGHTTP2_ENHANCE_YOUR_CALM)
}

/** A kind of calls: what they may take together, and how many of them may be open. */
interface Kind {
  readonly allowance: Allowance
  readonly limit: CallLimit
}

const probeLines = new WeakMap<Http2Session, object>()

/** Where the calls of a connection wait for their turn that ask whether the server lives: not behind its requests. */
function probesOf(session: Http2Session): object {
  return getOrMake(probeLines, session, () => ({}))
}

/** What a call may take, and what it takes. */
interface Means {
  readonly allowance: Allowance
  readonly reservation: Reservation
}

async function serve(
  context: Context,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { allowance, reservation }: Means,
): Promise<void> {
  // gRPC-Web is refused, too, because it frames its answers in another way.
  if (!/^application\/grpc(?![\w-])/.test(headers['content-type'] ?? '')) {
    stream.respond({ ':status': 415 }, { endStream: true })
    stream.resume()
    return
  }
  const path = headers[':path'] ?? ''
  const call = new Call(stream, headers, allowance.limits, reservation)
  try {
    call.endAfter(readTimeoutMs(call.header('grpc-timeout')))
    const method = METHODS.get(path)
    if (method === undefined) throw new Refusal('method-not-allowed', `there is no method ${path}`)
    await method(context, call)
  } catch (error) {
    call.refuse(context.service.explained(error))
  }
}

/** The path by which a call names a method. */
function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`
}

function methodOf(name: MethodName): Serve {
  if (name === 'modelInfer') return infer
  if (name === 'modelStreamInfer') return inferStream
  return (context, call) => answer(context, name, call)
}

async function answer(context: Context, name: HandledMethod, call: Call): Promise<void> {
  const { input, output } = GRPCInferenceService.method[name]
  // The compiler cannot see that the handler with this name takes the input of the method with this name.
  const handler = HANDLERS[name] as (context: Context, request: unknown) => object
  if (!OPEN_CALLS.has(name)) context.tenants.tenantOf(call.header('authorization'))
  const request = decodeMessage(input, await call.message())
  await call.answer(encodeMessage(output, await handler(context, request)))
}
