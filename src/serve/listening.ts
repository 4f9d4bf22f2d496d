import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
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

/** Listens, and says at which port. @throws WorkError */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen(`${host}:${port}`, error as Error)
  }
  return (server.address() as AddressInfo).port
}

function cannotListen(address: string, { message }: Error): WorkError {
  return new WorkError(`cannot listen at ${address}: ${message}`)
}
