import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionLimit } from '../connection-limit.js'
import { awaitsAnswer } from './pipelining.js'

const LOOK_EVERY_MS = 10

const limitOf = new WeakMap<Server, ConnectionLimit<Socket>>()

/**
 * Remembers the connections of a server for as long as they last, and ends those that are too many. A client
 * that is slow to send its request counts as idle.
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
 * Resolves once all that was written has left, or when the time is over. A server that is closed ends
 * connections whose answers are complete, even while a slow client still reads one.
 */
export async function flushed(server: Server, untilMs: number): Promise<void> {
  const sockets = limitOf.get(server)?.open ?? []
  const isFlushed = (): boolean => [...sockets].every(({ writableLength }) => writableLength === 0)
  while (!isFlushed() && performance.now() < untilMs) await sleep(LOOK_EVERY_MS)
}
