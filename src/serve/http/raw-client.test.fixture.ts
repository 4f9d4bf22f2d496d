import { connect, type Socket } from 'node:net'
import type { Client } from './client.test.fixture.js'

export const ECHO = '/v2/models/echo-FP32/infer'

/** Opens a connection on which nothing has been sent yet. */
export function open({ server }: Pick<Client, 'server'>): Socket {
  return connect(Number(new URL(server.httpUrl).port), '127.0.0.1')
}

/** Everything that the server sends on a connection until it ends it, in whichever way. */
export async function conversation(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

/** The head of a request for a body of this length, without its last line. */
export function head(length: number | string, path = ECHO): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n`
}
