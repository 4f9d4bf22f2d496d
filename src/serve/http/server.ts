import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Context } from '../context.js'
import { ReadRequest, readInTurns } from '../reading.js'
import { Refusal } from '../refusal.js'
import { answerRefusal } from './answer.js'
import { noteConnections } from './connections.js'
import { checkSite } from './cross-site.js'
import { infer } from './infer.js'
import { allSent, checkPipelined, noteDue, probeHalfClosed, sent } from './pipelining.js'
import { findRoute, inferTarget, pathOf, WrongMethod } from './router.js'
import { ROUTES } from './routes.js'
import { HTTP_STATUS } from './status.js'

const NO_TUNNEL = new Refusal('unsupported', 'there is no CONNECT: this server is not a proxy')

/** An HTTP server of the Open Inference Protocol, not yet listening, and its open connections. */
export function createHttpServer(context: Context): {
  readonly server: Server
  readonly connections: ReadonlySet<Socket>
} {
  const { limits } = context
  const server = createServer(
    {
      IncomingMessage: ReadRequest,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      // How often the two timeouts are checked.
      connectionsCheckingInterval: 1000,
      noDelay: true,
      // Node would refuse a request without this header and say nothing; `serve` checks it and says why.
      requireHostHeader: false,
    },
    (request, response) => void serve(context, request, response),
  )
  // Node leaves out what comes after this many headers; one more than allowed shows that there are too many.
  server.maxHeadersCount = limits.headers + 1
  // A client that does not read its answer is disconnected.
  server.setTimeout(limits.idleTimeoutMs)
  // A client may close its half of the connection as soon as it has sent its request.
  Object.assign(server, { httpAllowHalfOpen: true })
  readInTurns(server, 'request')
  server.on('connection', probeHalfClosed)
  const connections = noteConnections(server, limits.connections)
  // Here, too, Node would refuse and say nothing. A server may ignore expectations it does not know (RFC 9110,
  // section 10.1.1).
  server.on('checkExpectation', (...asked) => server.emit('request', ...asked))
  server.on('clientError', answerMalformed)
  // Without a listener, Node ends the connection and says nothing.
  server.on('connect', (_request, socket: Socket) => void endRefused(socket, NO_TUNNEL))
  return { server, connections }
}

async function serve(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // This request was read together with the one that ended the connection.
  if (request.socket.destroyed) return
  const { limits, pages } = context
  const before = noteDue(request.socket, response, pages)
  if (context.service.isDraining) response.shouldKeepAlive = false
  try {
    checkHead(request, limits.headers)
    checkSite(request.method ?? '', request.headers)
    const path = pathOf(request.url ?? '/')
    const target = inferTarget(path)
    if (target === undefined) await serveRoute(context, { request, response, before }, path)
    else if (request.method !== 'POST') throw new WrongMethod(request.method ?? '', ['POST'])
    else await infer(context, request, response, target)
  } catch (error) {
    if (error instanceof WrongMethod) response.setHeader('Allow', error.allowed)
    answerRefusal(response, context.service.explained(error))
  }
  // Reads and discards the rest of a body that no handler wanted.
  if (!request.readableEnded) request.resume()
  expectTaken(response, limits.answerTimeoutMs)
}

/**
 * Disconnects a client that has not taken its answer within a time, ms: with a byte now and then it would keep its
 * connection for ever, and with thousands of them everybody else out.
 */
function expectTaken(response: ServerResponse, withinMs: number): void {
  if (response.writableLength === 0 || response.destroyed) return
  const late = setTimeout(() => response.req.socket.destroy(), withinMs)
  response.once('close', () => clearTimeout(late))
}

/** @throws Refusal if it has too many headers, or not one Host */
function checkHead({ rawHeaders, httpVersion }: IncomingMessage, mostHeaders: number): void {
  if (rawHeaders.length > 2 * mostHeaders)
    throw new Refusal('too-large', `the head has more than ${mostHeaders} headers`)
  // HTTP/1.1 requires exactly one (RFC 9112, section 3.2). `headersDistinct` would count them, too, but Node keeps it
  // with the request, where it takes more memory than all else.
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name)).length
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1'))
    throw new Refusal('invalid', `expected the header Host once, found it ${hosts} times`)
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The response that has to be sent before this one. */
  readonly before: ServerResponse | undefined
}

async function serveRoute(
  context: Context,
  { request, response, before }: Exchange,
  path: string,
): Promise<void> {
  checkPipelined(request.socket, context.limits.pipelined)
  // A page takes milliseconds, so pages that one connection asks for at once are made one at a time. Others get a
  // turn between them.
  await sent(before)
  if (response.destroyed) return
  const { route, named } = findRoute(ROUTES, request.method ?? '', path)
  if (route.access === 'keyed') context.tenants.tenantOf(request.headers.authorization)
  await route.handler({ context, request, response, named, memoryBudget: context.pages })
}

/** Answers bytes that are not HTTP as well as possible, and closes the connection. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else void endRefused(socket, explain(error))
}

/** Answers where Node makes no response, after all that is due on the connection, and closes it. */
async function endRefused(socket: Socket, { reason, message }: Refusal): Promise<void> {
  // Node listens no more once it has handed a connection over, and an error without a listener would end the server.
  socket.on('error', () => {})
  await allSent(socket)
  const body = JSON.stringify({ error: message })
  socket.end(
    `HTTP/1.1 ${HTTP_STATUS[reason]} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

function explain({ code, reason }: NodeJS.ErrnoException & { reason?: string }): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Refusal('too-large', 'the head is too long or has too many headers')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Refusal('request-timeout', 'the request took too long to arrive')
  // The parser gives a reason; other errors of a connection have none.
  const why = reason === undefined ? '' : `: ${reason}`
  return new Refusal('invalid', `this is not HTTP/1.1${why}`)
}
