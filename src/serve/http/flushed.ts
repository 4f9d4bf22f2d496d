import type { Server } from 'node:http'
import type { Socket } from 'node:net'

const LOOK_EVERY_MS = 10

const socketsOf = new WeakMap<Server, Set<Socket>>()

/** Remembers the connections of a server for as long as they last. */
export function noteConnections(server: Server): void {
  const sockets = new Set<Socket>()
  socketsOf.set(server, sockets)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
}

/**
 * Resolves once all that was written has left, or when the time is over. A server that is closed ends
 * connections whose answers are complete, even while a slow client still reads one.
 */
export async function flushed(server: Server, untilMs: number): Promise<void> {
  const sockets = socketsOf.get(server) ?? []
  const isFlushed = (): boolean => [...sockets].every(({ writableLength }) => writableLength === 0)
  while (!isFlushed() && performance.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}
