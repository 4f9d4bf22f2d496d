import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { WorkError } from '../errors.js'

/** Starts to listen, and returns the port. @throws WorkError */
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
