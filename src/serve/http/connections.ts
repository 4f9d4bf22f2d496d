import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionLimit } from '../connection-limit.js'
import { awaitsAnswer } from './pipelining.js'

const LOOK_EVERY_MS = 10

const limitOf = new WeakMap<Server, ConnectionLimit<Socket>>()

/**
 * Keeps track of a server's connections, and ends some if there are too many. A client that sends its request
 * slowly counts as idle.
 */
export function noteConnections(server: Server, most: number): void {
  const limit = new ConnectionLimit<Socket>(most, (socket) => !awaitsAnswer(socket))
  limitOf.set(server, limit)
  server.on('connection', (socket) => {
    socket.once('close', () => limit.remove(socket))
    limit.add(socket)?.destroy()
  })
  server.on('request', ({ socket }) => limit.used(socket))
}

/**
 * Resolves once everything that was written has left, or when the time is up. Closing a server ends connections
 * whose answers are complete, even while a slow client still reads one.
 */
export async function flushed(server: Server, untilMs: number): Promise<void> {
  const sockets = limitOf.get(server)?.open ?? []
  const isFlushed = (): boolean => [...sockets].every(({ writableLength }) => writableLength === 0)
  while (!isFlushed() && performance.now() < untilMs) await sleep(LOOK_EVERY_MS)
}
