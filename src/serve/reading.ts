import { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { waitingForTurns } from './turns.js'

/**
 * How many requests, crumbs of their bodies and requests given up a server reads in one turn of the event loop before its
 * connections rest. What came together with the last of them is read, too.
 */
const MOST_IN_TURN = 128

/** Only smaller pieces of bodies count: those of large bodies are few for what they bring. */
const CRUMB_BYTES = 4096

/** Connections rest as long as more requests than this wait for their turn: reading more would not serve them sooner. */
const MOST_WAITING = 4096

/** What the parsers of Node read a connection from, past its stream: pausing that would not stop them. */
interface Handle {
  /** Whether Node wants to read. */
  readonly reading: boolean
  readStart(): void
  readStop(): void
}

/**
 * A request over HTTP/1 that tells of the pieces of its body as they are read. This is a class because a function of its
 * own for each request, as streams of HTTP/2 have one, makes a body of 602 KB take twice the processor time.
 */
export class ReadRequest extends IncomingMessage {
  onPiece: ((piece: Uint8Array) => void) | undefined

  override push(piece: Uint8Array | null, encoding?: BufferEncoding): boolean {
    if (piece !== null) this.onPiece?.(piece)
    return super.push(piece, encoding)
  }
}

/**
 * Has a server leave turns of the event loop to others, however much its clients send at once. Node reads one after
 * another all connections on which something has come, and nothing else goes on in the meantime: for seconds, if that
 * is hundreds of requests on each of a few dozen connections, or bodies in crumbs.
 *
 * @param request the event that tells of a request as it is read
 */
export function readInTurns(server: Server, request: 'request' | 'stream'): void {
  const connections = new Set<Socket>()
  server.on('connection', (connection: Socket) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  let inTurn = 0
  const countAnew = (): void => {
    inTurn = 0
  }
  let areResting = false
  const goOn = (): void => {
    areResting = waitingForTurns() > MOST_WAITING
    if (areResting) setImmediate(goOn)
    else for (const handle of handlesOf(connections)) handle.readStart()
  }
  const count = (): void => {
    inTurn++
    if (inTurn === 1) setImmediate(countAnew)
    if (inTurn !== MOST_IN_TURN) return
    for (const handle of handlesOf(connections)) handle.readStop()
    if (!areResting) setImmediate(goOn)
    areResting = true
  }
  const countCrumb = (piece: Uint8Array): void => {
    if (piece.byteLength < CRUMB_BYTES) count()
  }
  server.on(request, (body: Readable) => {
    count()
    // The end of a connection takes as long for each of its requests as reading them.
    body.once('aborted', count)
    if (body instanceof ReadRequest) {
      body.onPiece = countCrumb
      return
    }
    const push = body.push.bind(body)
    body.push = (piece) => {
      if (piece !== null) countCrumb(piece)
      return push(piece)
    }
  })
}

/** What is read, if Node wants to read it: it pauses a connection whose client sends faster than it is served. */
function handlesOf(connections: ReadonlySet<Socket>): Handle[] {
  // Types of Node leave this out. It is null once a connection has ended.
  const handles = [...connections].map((one) => (one as { _handle?: Handle | null })._handle)
  return handles.filter((handle) => handle?.reading) as Handle[]
}
