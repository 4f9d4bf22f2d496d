/** The connections of a gRPC server. */
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { Seats } from '../backend/seats.js'
import type { Limits } from '../limits.js'

/**
 * What a connection may send ahead of being read. The default of 64 KB makes a large message pause
 * again and again, which takes half as much processor time again.
 */
const WINDOW_BYTES = 2 ** 24

/** How often connections are looked at for being idle or broken. */
const LOOK_EVERY_MS = 1000

const seatsOf = new WeakMap<Http2Server, Seats<ServerHttp2Session>>()

/** The calls that have not ended, by connection. */
const callsOf = new WeakMap<ServerHttp2Session, ReadonlySet<ServerHttp2Stream>>()

/** Remembers the connections of a server for as long as they last, and ends those that are idle or too many. */
export function noteSessions(server: Http2Server, limits: Limits): void {
  const seats = new Seats<ServerHttp2Session>(
    limits.connections,
    (session) => callsOf.get(session)?.size === 0,
  )
  seatsOf.set(server, seats)
  server.on('session', (session) => {
    callsOf.set(session, notedCalls(session))
    session.setLocalWindowSize(WINDOW_BYTES)
    session.on('stream', () => seats.asked(session))
    session.once('close', () => seats.leave(session))
    const looks = [endIdle(session, limits.idleTimeoutMs), endBroken(session)]
    const timer = setInterval(() => {
      for (const look of looks) look()
    }, LOOK_EVERY_MS)
    timer.unref()
    session.once('close', () => clearInterval(timer))
    seats.take(session)?.destroy()
  })
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
 * Ends a connection whose client broke the protocol in the head of a call, such as by a header of more
 * than 64 KB. Node's HTTP/2 says so to the client and neither reads nor writes from then on, but leaves
 * the connection open, and calls would wait on it in vain. It shows in a call that was begun and never
 * came here, and then in a ping that is not written.
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
 * Ends a connection on which nothing has come for a while, unless there are calls, each of which has times of its own.
 * Node's own timer of a connection runs on after its end, and keeps all of it in memory until then.
 */
function endIdle(session: ServerHttp2Session, idleTimeoutMs: number): () => void {
  let lastBytes = 0
  let sinceMs = performance.now()
  return () => {
    if (session.destroyed) return
    const { bytesRead } = session.socket
    const nowMs = performance.now()
    const isIdle = bytesRead === lastBytes && callsOf.get(session)?.size === 0
    lastBytes = bytesRead
    if (!isIdle) sinceMs = nowMs
    else if (nowMs - sinceMs >= idleTimeoutMs) session.close()
  }
}

/** Takes no new connections or calls; resolves once every call has ended. */
export function shutDown(server: Http2Server): Promise<void> {
  for (const session of seatsOf.get(server)?.taken ?? []) session.close()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Ends every connection. */
export function forceShutDown(server: Http2Server): void {
  for (const session of seatsOf.get(server)?.taken ?? []) session.destroy()
  server.close()
}
