import type { Server, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { waitingForTurns } from './turns.js'

/**
 * How many requests, pieces of their bodies and requests given up a server reads in one turn of the event loop before its
 * connections rest. What came together with the last of them is read, too.
 */
const MOST_IN_TURN = 128

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
  server.on(request, (body: Readable) => {
    count()
    // The end of a connection takes as long for each of its requests as reading them.
    body.once('aborted', count)
    const push = body.push.bind(body)
    body.push = (piece) => {
      if (piece !== null) count()
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
