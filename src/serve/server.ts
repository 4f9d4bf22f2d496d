import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WorkError } from '../errors.js'
import { Admission } from './admission.js'
import type { Backend } from './backend.js'
import type { Context } from './context.js'
import { createHttpServer } from './http/server.js'
import { InferenceService, type ServiceOptions } from './inference-service.js'
import { DEFAULT_LIMITS, type Limits } from './limits.js'
import { type ApiKeys, Tenants } from './tenants.js'

export interface ServerOptions extends Omit<ServiceOptions, 'nowUs'> {
  readonly backend: Backend
  /** Address to listen at. */
  readonly host: string
  /** 0: any free one. */
  readonly httpPort: number
  /** Left out: everybody may ask. */
  readonly keys?: ApiKeys
  readonly limits?: Partial<Limits>
}

/** A server that listens. */
export interface RunningServer {
  readonly service: InferenceService
  readonly httpUrl: string
  /** Takes nothing new, lets what is under way end for at most so long, then ends everything. */
  stop(drainMs: number): Promise<void>
}

/** @throws WorkError if it cannot listen or the models cannot be made ready */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const service = new InferenceService(options.backend, { ...options, nowUs: wallClockUs })
  const context: Context = {
    service,
    tenants: new Tenants(options.keys),
    admission: new Admission(limits.heldBytes),
    limits,
  }
  const http = createHttpServer(context)
  const port = await listen(http, options.host, options.httpPort)
  try {
    await service.start()
  } catch (error) {
    http.close()
    throw error
  }
  return {
    service,
    httpUrl: `http://${hostInUrl(options.host)}:${port}`,
    async stop(drainMs) {
      service.drain()
      await settled(service, drainMs)
      http.close()
      http.closeAllConnections()
      await options.backend.stop()
      service.memory.unregisterAll()
    },
  }
}

function wallClockUs(): number {
  return performance.now() * 1000
}

async function listen(
  server: ReturnType<typeof createHttpServer>,
  host: string,
  port: number,
): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new WorkError(`cannot listen at ${host}:${port}: ${(error as Error).message}`)
  }
  return (server.address() as AddressInfo).port
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Resolves when no request is under way any more, or when the time is over. */
async function settled(service: InferenceService, mostMs: number): Promise<void> {
  const untilMs = performance.now() + mostMs
  const isIdle = (): boolean => [...service.books.byModel.values()].every(({ open }) => open === 0)
  while (!isIdle() && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
