/** The connections of a gRPC server. */
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { ConnectionLimit } from '../connection-limit.js'
import type { Limits } from '../limits.js'

/**
 * The bytes that a connection may send before they are read. With the default of 64 KB, a large message has to
 * pause again and again and takes half as much processor time again.
 */
const WINDOW_BYTES = 2 ** 24

/** How often each connection is checked for being idle or broken. */
const LOOK_EVERY_MS = 1000

/** A gRPC server and its open connections. */
export interface GrpcServer {
  readonly server: Http2Server
  readonly sessions: ReadonlySet<ServerHttp2Session>
}

/** The calls of each connection that have not ended. */
const callsOf = new WeakMap<ServerHttp2Session, ReadonlySet<ServerHttp2Stream>>()

const socketOf = new WeakMap<ServerHttp2Session, Socket>()

/**
 * Keeps track of a server's connections, and ends those that are idle or too many.
 * @returns those that are open, at any time
 */
export function noteSessions(server: Http2Server, limits: Limits): ReadonlySet<ServerHttp2Session> {
  const limit = new ConnectionLimit<ServerHttp2Session>(
    limits.connections,
    (session) => callsOf.get(session)?.size === 0,
  )
  let accepted: Socket
  server.prependListener('connection', (socket: Socket) => {
    accepted = socket
  })
  // Node makes the session of a connection at once.
  server.on('session', (session) => {
    socketOf.set(session, accepted)
    callsOf.set(session, notedCalls(session))
    session.setLocalWindowSize(WINDOW_BYTES)
    session.on('stream', () => limit.used(session))
    session.once('close', () => limit.remove(session))
    const looks = [endIdle(session, limits.idleTimeoutMs), endBroken(session)]
    const timer = setInterval(() => {
      for (const look of looks) look()
    }, LOOK_EVERY_MS)
    timer.unref()
    session.once('close', () => clearInterval(timer))
    limit.add(session)?.destroy()
  })
  return limit.open
}

function notedCalls(session: ServerHttp2Session): ReadonlySet<ServerHttp2Stream> {
  const calls = new Set<ServerHttp2Stream>()
  session.on('stream', (stream: ServerHttp2Stream) => {
    calls.add(stream)
    stream.once('close', () => calls.delete(stream))
  })
  return calls
}

/**
 * Ends a connection whose client broke the protocol in the head of a call, for example with a header of more than
 * 64 KB. Node's HTTP/2 tells the client so, and then neither reads nor writes but leaves the connection open, where
 * further calls would wait for ever. Such a connection shows in two ways: a call that has begun never reaches the
 * server, and then a ping is never written.
 */
function endBroken(session: ServerHttp2Session): () => void {
  let lastKnown = 0
  let isProbed = false
  session.on('stream', ({ id = 0 }: ServerHttp2Stream) => {
    lastKnown = id
  })
  return () => {
    const { lastProcStreamID: last = 0, outboundQueueSize: unwritten = 0 } = session.state
    if (isProbed && unwritten > 0) session.destroy()
    if (isProbed || last <= lastKnown) return
    isProbed = session.ping(() => {
      isProbed = false
      lastKnown = last
    })
  }
}

/**
 * Ends a connection on which nothing has come for a while, unless it has calls: each call has time limits of its own.
 * A call that was given up stays where the client does not even read that, and so does its answer, until the connection
 * ends. Node's own timer would run on after the end of a connection, and keep all of it in memory until then.
 */
function endIdle(session: ServerHttp2Session, idleTimeoutMs: number): () => void {
  let lastBytes = 0
  let sinceMs = performance.now()
  return () => {
    if (session.destroyed) return
    const { bytesRead } = session.socket
    const calls = [...(callsOf.get(session) ?? [])]
    const nowMs = performance.now()
    const isIdle = bytesRead === lastBytes && calls.every(({ closed }) => closed)
    lastBytes = bytesRead
    if (isIdle && nowMs - sinceMs < idleTimeoutMs) return
    sinceMs = nowMs
    if (!isIdle) return
    if (session.closed || calls.length > 0) cutOff(session)
    else session.close()
  }
}

/** Refuses new connections and calls. Resolves once every call has ended. */
export function shutDown({ server, sessions }: GrpcServer): Promise<void> {
  for (const session of sessions) session.close()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Ends every connection. */
export function forceShutDown({ server, sessions }: GrpcServer): void {
  for (const session of sessions) cutOff(session)
  server.close()
}

/**
 * Ends a connection at once. One that is to close after its calls would wait, for ever if need be, until its client has
 * read what was sent.
 */
function cutOff(session: ServerHttp2Session): void {
  session.destroy()
  socketOf.get(session)?.destroy()
}
