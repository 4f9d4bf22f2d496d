import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Seats } from '../backend/seats.js'
import { awaitsAnswer } from './due.js'

const LOOK_EVERY_MS = 10

const seatsOf = new WeakMap<Server, Seats<Socket>>()

/**
 * Keeps track of a server's connections, and ends some if there are too many. A client that sends its request
 * slowly counts as idle.
 */
export function noteConnections(server: Server, most: number): void {
  const seats = new Seats<Socket>(most, (socket) => !awaitsAnswer(socket))
  seatsOf.set(server, seats)
  server.on('connection', (socket) => {
    socket.once('close', () => seats.leave(socket))
    seats.take(socket)?.destroy()
  })
  server.on('request', ({ socket }) => seats.asked(socket))
}

/**
 * Resolves once everything that was written has left, or when the time is up. Closing a server ends connections
 * whose answers are complete, even while a slow client still reads one.
 */
export async function flushed(server: Server, untilMs: number): Promise<void> {
  const sockets = seatsOf.get(server)?.taken ?? []
  const isFlushed = (): boolean => [...sockets].every(({ writableLength }) => writableLength === 0)
  while (!isFlushed() && performance.now() < untilMs) await sleep(LOOK_EVERY_MS)
}
