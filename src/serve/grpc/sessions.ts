/** The connections of a gRPC server. */
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

/**
 * What a connection may send ahead of being read. The default of 64 KB makes a large message pause
 * again and again, which takes half as much processor time again.
 */
const WINDOW_BYTES = 2 ** 24

/** How often connections are looked at for being broken. */
const LOOK_EVERY_MS = 1000

const sessionsOf = new WeakMap<Http2Server, Set<ServerHttp2Session>>()

/** Remembers the connections of a server for as long as they last, and ends those that are idle. */
export function noteSessions(server: Http2Server, idleTimeoutMs: number): void {
  const sessions = new Set<ServerHttp2Session>()
  sessionsOf.set(server, sessions)
  server.on('session', (session) => {
    sessions.add(session)
    session.setLocalWindowSize(WINDOW_BYTES)
    session.once('close', () => sessions.delete(session))
    endIdle(session, idleTimeoutMs)
    endBroken(session)
  })
}

/**
 * Ends a connection whose client broke the protocol in the head of a call, such as by a header of more
 * than 64 KB. Node's HTTP/2 says so to the client and neither reads nor writes from then on, but leaves
 * the connection open, and calls would wait on it in vain. It shows in a call that was begun and never
 * came here, and then in a ping that is not written.
 */
function endBroken(session: ServerHttp2Session): void {
  let lastKnown = 0
  let isProbed = false
  session.on('stream', ({ id = 0 }: ServerHttp2Stream) => {
    lastKnown = id
  })
  const looks = setInterval(() => {
    const { lastProcStreamID: last = 0, outboundQueueSize: unwritten = 0 } = session.state
    if (isProbed && unwritten > 0) session.destroy()
    if (isProbed || last <= lastKnown) return
    isProbed = session.ping(() => {
      isProbed = false
      lastKnown = last
    })
  }, LOOK_EVERY_MS)
  looks.unref()
  session.once('close', () => clearInterval(looks))
}

/** Ends a connection on which nothing moves, unless a client waits on it for an answer. */
function endIdle(session: ServerHttp2Session, idleTimeoutMs: number): void {
  const streams = new Set<ServerHttp2Stream>()
  session.on('stream', (stream: ServerHttp2Stream) => {
    streams.add(stream)
    stream.once('close', () => streams.delete(stream))
  })
  session.setTimeout(idleTimeoutMs, () => {
    if (streams.size === 0) session.close()
    else if ([...streams].some(({ writableLength }) => writableLength > 0)) session.destroy()
  })
}

/** Takes no new connections or calls; resolves once every call has ended. */
export function shutDown(server: Http2Server): Promise<void> {
  for (const session of sessionsOf.get(server) ?? []) session.close()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Ends every connection. */
export function forceShutDown(server: Http2Server): void {
  for (const session of sessionsOf.get(server) ?? []) session.destroy()
  server.close()
}
