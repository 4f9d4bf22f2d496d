import { createServer } from 'node:net'
import { WorkError } from '../errors.js'

/**
 * Makes sure that a server could listen at an address, before much work is done for it.
 * @param port 0 for any
 * @throws WorkError if it cannot
 */
export async function assertCanListen(host: string, port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(`${host}:${port}`, error)))
    server.listen({ host, port }, () => server.close(() => resolve()))
  })
}

export function cannotListen(address: string, { message }: Error): WorkError {
  return new WorkError(`cannot listen at ${address}: ${message}`)
}
