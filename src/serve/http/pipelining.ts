import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getOrMake } from '../../maps.js'
import { Refusal } from '../refusal.js'

/**
 * How often clients that closed their half of a connection are probed. The second probe shows whether they have
 * left.
 */
const PROBE_EVERY_MS = 100

/** The responses that have not been sent on a connection. */
interface Due {
  latest: ServerResponse | undefined
  count: number
}

const NOTHING_DUE: Due = { latest: undefined, count: 0 }

const dueOn = new WeakMap<Socket, Due>()

/**
 * Notes that a response is due on its connection.
 * @returns the response that has to be sent before it, if any
 */
export function noteDue(socket: Socket, response: ServerResponse): ServerResponse | undefined {
  const due = getOrMake(dueOn, socket, () => ({ ...NOTHING_DUE }))
  const before = due.latest
  due.latest = response
  due.count++
  response.on('close', () => {
    due.count--
    // A response holds its request, whose body would otherwise be kept as long as the connection.
    if (due.latest === response) due.latest = undefined
  })
  return before
}

/** Whether a client has sent a whole request and waits for its answer. */
export function awaitsAnswer(socket: Socket): boolean {
  const { latest, count } = dueOn.get(socket) ?? NOTHING_DUE
  return count > 1 || latest?.req.complete === true
}

/** A connection on which more than this many times the allowed responses are due is ended without an answer. */
const PATIENCE = 4

/**
 * Ends the connection if far too many responses are due on it.
 * @throws Refusal `overloaded` if too many responses are due on it
 */
export function checkPipelined(socket: Socket, most: number): void {
  const { count } = dueOn.get(socket) ?? NOTHING_DUE
  if (count > PATIENCE * most) socket.destroy()
  if (count > most)
    throw new Refusal('overloaded', 'too many requests of this connection wait for their answers')
}

/**
 * Tells clients that closed their half of a connection and still wait from those that have left. The two look the
 * same until something is sent, so interim responses are sent: a client that has left resets the connection, which
 * cancels its requests.
 */
export function probeHalfClosed(socket: Socket): void {
  socket.once('end', () => {
    const timer = setInterval(() => {
      const response = dueOn.get(socket)?.latest
      const isWaiting = response !== undefined && !response.headersSent
      if (isWaiting && response.req.httpVersion === '1.1') response.writeProcessing()
    }, PROBE_EVERY_MS)
    socket.once('close', () => clearInterval(timer))
  })
}
