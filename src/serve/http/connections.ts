import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionLimit } from '../connection-limit.js'
import { awaitsAnswer } from './pipelining.js'

const LOOK_EVERY_MS = 10

/**
 * Keeps track of a server's connections, and ends some if there are too many. A client that sends its request
 * slowly counts as idle.
 * @returns those that are open, at any time
 */
export function noteConnections(server: Server, most: number): ReadonlySet<Socket> {
  const limit = new ConnectionLimit<Socket>(most, (socket) => !awaitsAnswer(socket))
  server.on('connection', (socket) => {
    socket.once('close', () => limit.remove(socket))
    limit.add(socket)?.destroy()
  })
  server.on('request', ({ socket }) => limit.used(socket))
  return limit.open
}

/**
 * Resolves once everything that was written has left, or when the time is up. Closing a server ends connections
 * whose answers are complete, even while a slow client still reads one.
 */
export async function flushed(sockets: ReadonlySet<Socket>, untilMs: number): Promise<void> {
  const isFlushed = (): boolean => [...sockets].every(({ writableLength }) => writableLength === 0)
  while (!isFlushed() && performance.now() < untilMs) await sleep(LOOK_EVERY_MS)
}
