import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getOrMake } from '../../maps.js'
import type { MemoryBudget } from '../memory-budget.js'
import { Refusal } from '../refusal.js'

/**
 * How often clients that closed their half of a connection are probed. The second probe shows whether they have
 * left.
 */
const PROBE_EVERY_MS = 100

/** What has not been answered on a connection. */
interface Unanswered {
  /** The responses, in the order in which they will be sent. */
  readonly due: ServerResponse[]
  /** Memory that the heads of their requests take. */
  headBytes: number
}

const unansweredOn = new WeakMap<Socket, Unanswered>()

/**
 * Notes that a response is due on its connection. Ends the connection if there is no memory left for a request that
 * has to wait: even a refusal would wait behind the other answers.
 *
 * @param waiting the memory for requests that wait behind others, on all connections
 * @returns the response that has to be sent before it, if any
 */
export function noteDue(
  socket: Socket,
  response: ServerResponse,
  waiting: MemoryBudget,
): ServerResponse | undefined {
  const unanswered = getOrMake(unansweredOn, socket, () => endedWith(socket))
  const { due } = unanswered
  const before = due.at(-1)
  const headBytes = headBytesOf(response.req)
  const held = before && waiting.reserveIfRoom(REQUEST_BYTES + headBytes)
  if (before !== undefined && held === undefined) socket.destroy()
  due.push(response)
  unanswered.headBytes += headBytes
  // A response holds its request, whose body would otherwise be kept as long as the connection.
  response.once('close', () => {
    due.splice(due.indexOf(response), 1)
    unanswered.headBytes -= headBytes
    held?.release()
  })
  return before
}

/** Memory that Node takes for a request, and for each of its headers beside their characters. */
const REQUEST_BYTES = 3072
const HEADER_BYTES = 128

function headBytesOf({ url = '', rawHeaders }: IncomingMessage): number {
  const headerBytes = (HEADER_BYTES * rawHeaders.length) / 2
  return rawHeaders.reduce((bytes, { length }) => bytes + length, url.length + headerBytes)
}

/** A connection with nothing due, whose responses will end with it: Node ends only the first of them. */
function endedWith(socket: Socket): Unanswered {
  const due: ServerResponse[] = []
  socket.once('close', () => {
    for (const response of due.filter((one) => one.socket === null)) {
      response.destroy()
      response.emit('close')
    }
  })
  return { due, headBytes: 0 }
}

/** Resolves once a response has been sent, or cannot be any more. */
export async function sent(response: ServerResponse | undefined): Promise<void> {
  if (response === undefined || response.destroyed) return
  await new Promise((resolve) => response.once('close', resolve))
}

/** Resolves once every whole request that came on a connection has been answered. */
export function allSent(socket: Socket): Promise<void> {
  return sent(unansweredOn.get(socket)?.due.findLast(({ req }) => req.complete))
}

/** Whether a client has sent a whole request and waits for its answer. */
export function awaitsAnswer(socket: Socket): boolean {
  return unansweredOn.get(socket)?.due[0]?.req.complete === true
}

/** The heads of the requests that wait on a connection may take this many bytes together. */
const MOST_HEAD_BYTES = 2 ** 17

/** A connection with more than this many times what is allowed is ended without an answer. */
const PATIENCE = 4

/**
 * Ends the connection if far too much waits on it.
 * @param most requests that may wait
 * @throws Refusal `overloaded` if too much waits on it, or its end has come
 */
export function checkPipelined(socket: Socket, most: number): void {
  const { due, headBytes } = unansweredOn.get(socket)!
  // What a single request may have is limited already.
  if (due.length <= 1) return
  const excess = Math.max(due.length / most, headBytes / MOST_HEAD_BYTES)
  if (excess > PATIENCE) socket.destroy()
  if (excess > 1 || socket.destroyed)
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
      const response = unansweredOn.get(socket)?.due[0]
      const isWaiting = response !== undefined && !response.headersSent
      if (isWaiting && response.req.httpVersion === '1.1') response.writeProcessing()
    }, PROBE_EVERY_MS)
    socket.once('close', () => clearInterval(timer))
  })
}
