import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * How often clients that closed their half are probed; the second probe shows whether they have
 * left.
 */
const PROBE_EVERY_MS = 100

/** The response that is due on each connection. */
const due = new WeakMap<Socket, ServerResponse>()

/** Notes that a response is due on its connection. */
export function noteDue(socket: Socket, response: ServerResponse): void {
  due.set(socket, response)
}

/**
 * Tells clients that closed their half of a connection and wait from those that have left. The two
 * look alike until something is sent, so interim responses are sent: a client that has left resets
 * the connection, which cancels its requests.
 */
export function probeHalfClosed(socket: Socket): void {
  socket.once('end', () => {
    const timer = setInterval(() => {
      const response = due.get(socket)
      const isWaiting = response !== undefined && !response.headersSent
      if (isWaiting && response.req.httpVersion === '1.1') response.writeProcessing()
    }, PROBE_EVERY_MS)
    socket.once('close', () => clearInterval(timer))
  })
}
