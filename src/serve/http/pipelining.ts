import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getOrMake } from '../../maps.js'
import { Refusal } from '../refusal.js'

/**
 * How often clients that closed their half are probed; the second probe shows whether they have
 * left.
 */
const PROBE_EVERY_MS = 100

/** The responses that are due on a connection. */
interface Due {
  latest: ServerResponse | undefined
  count: number
}

const NOTHING_DUE: Due = { latest: undefined, count: 0 }

const dueOn = new WeakMap<Socket, Due>()

/**
 * Notes that a response is due on its connection.
 * @returns the one that has to leave before it, if any
 */
export function noteDue(socket: Socket, response: ServerResponse): ServerResponse | undefined {
  const due = getOrMake(dueOn, socket, () => ({ ...NOTHING_DUE }))
  const before = due.latest
  due.latest = response
  due.count++
  response.on('close', () => {
    due.count--
    // It holds its request, whose body would stay for as long as the connection.
    if (due.latest === response) due.latest = undefined
  })
  return before
}

/** Whether a client waits for an answer to a request that it has sent as a whole. */
export function awaitsAnswer(socket: Socket): boolean {
  const { latest, count } = dueOn.get(socket) ?? NOTHING_DUE
  return count > 1 || latest?.req.complete === true
}

/** So many times as many responses may be due as are served, before nobody is answered any more. */
const PATIENCE = 4

/**
 * Ends the connection if far more responses are due.
 * @throws Refusal `overloaded` if more responses are due on the connection
 */
export function checkPipelined(socket: Socket, most: number): void {
  const { count } = dueOn.get(socket) ?? NOTHING_DUE
  if (count > PATIENCE * most) socket.destroy()
  if (count > most)
    throw new Refusal('overloaded', 'too many requests of this connection wait for their answers')
}

/**
 * Tells clients that closed their half of a connection and wait from those that have left. The two
 * look alike until something is sent, so interim responses are sent: a client that has left resets
 * the connection, which cancels its requests.
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
