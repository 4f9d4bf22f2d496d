import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getOrMake } from '../../maps.js'
import { sum } from '../../numbers.js'
import { Refusal } from '../refusal.js'

/**
 * How often clients that closed their half of a connection are probed. The second probe shows whether they have
 * left.
 */
const PROBE_EVERY_MS = 100

/** The responses that have not been sent on a connection, in the order in which they will be. */
const dueOn = new WeakMap<Socket, ServerResponse[]>()

/**
 * Notes that a response is due on its connection.
 * @returns the response that has to be sent before it, if any
 */
export function noteDue(socket: Socket, response: ServerResponse): ServerResponse | undefined {
  const due = getOrMake(dueOn, socket, () => endedWith(socket))
  const before = due.at(-1)
  due.push(response)
  // A response holds its request, whose body would otherwise be kept as long as the connection.
  response.once('close', () => due.splice(due.indexOf(response), 1))
  return before
}

/** An empty list of responses that will end with their connection: Node ends only the first of them. */
function endedWith(socket: Socket): ServerResponse[] {
  const due: ServerResponse[] = []
  socket.once('close', () => {
    for (const response of due.filter((one) => one.socket === null)) {
      response.destroy()
      response.emit('close')
    }
  })
  return due
}

/** Whether a client has sent a whole request and waits for its answer. */
export function awaitsAnswer(socket: Socket): boolean {
  return dueOn.get(socket)?.[0]?.req.complete === true
}

/** The heads of the requests that wait on a connection may take this many bytes together. */
const MOST_HEAD_BYTES = 2 ** 16

/** A connection with more than this many times what is allowed is ended without an answer. */
const PATIENCE = 4

/**
 * Ends the connection if far too much waits on it.
 * @param most requests that may wait
 * @throws Refusal `overloaded` if too much waits on it
 */
export function checkPipelined(socket: Socket, most: number): void {
  const due = dueOn.get(socket) ?? []
  // What a single request may have is limited already.
  if (due.length <= 1) return
  const headBytes = sum(due.map(({ req }) => headBytesOf(req)))
  const excess = Math.max(due.length / most, headBytes / MOST_HEAD_BYTES)
  if (excess > PATIENCE) socket.destroy()
  if (excess > 1)
    throw new Refusal('overloaded', 'too many requests of this connection wait for their answers')
}

function headBytesOf({ url = '', rawHeaders }: IncomingMessage): number {
  return url.length + sum(rawHeaders.map(({ length }) => length))
}

/**
 * Tells clients that closed their half of a connection and still wait from those that have left. The two look the
 * same until something is sent, so interim responses are sent: a client that has left resets the connection, which
 * cancels its requests.
 */
export function probeHalfClosed(socket: Socket): void {
  socket.once('end', () => {
    const timer = setInterval(() => {
      const response = dueOn.get(socket)?.[0]
      const isWaiting = response !== undefined && !response.headersSent
      if (isWaiting && response.req.httpVersion === '1.1') response.writeProcessing()
    }, PROBE_EVERY_MS)
    socket.once('close', () => clearInterval(timer))
  })
}
