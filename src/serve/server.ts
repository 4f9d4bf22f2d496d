import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkError } from '../errors.js'
import { nowUs } from '../now.js'
import { within } from '../within.js'
import type { Backend } from './backend/backend.js'
import type { Allowance, Context } from './context.js'
import { createGrpcServer } from './grpc/server.js'
import { forceShutDown, shutDown } from './grpc/sessions.js'
import { flushed } from './http/connections.js'
import { createHttpServer } from './http/server.js'
import { InferenceService, type ServiceOptions } from './inference-service.js'
import { DEFAULT_LIMITS, type Limits, PROBE_LIMITS, WATCH_LIMITS } from './limits.js'
import { MemoryBudget } from './memory-budget.js'
import { mostOpenFiles } from './open-files.js'
import type { Decided, Replanner } from './planning/replanner.js'
import { Refusal } from './refusal.js'
import { Observer } from './telemetry/observer.js'
import { type ApiKeys, Tenants } from './tenants.js'

export interface ServerOptions extends Omit<ServiceOptions, 'nowUs'> {
  readonly backend: Backend
  /** Opens the backend that takes over once the server listens; if left out, the first one stays. */
  readonly open?: () => Promise<Backend>
  /** The address to listen on. */
  readonly host: string
  /** 0: any free port. */
  readonly httpPort: number
  /** 0: any free port. */
  readonly grpcPort: number
  /** If left out, everybody may ask. */
  readonly keys?: ApiKeys
  readonly limits?: Partial<Limits>
  /** How often the observer looks; once a second, unless a test drives it by hand. */
  readonly observeEveryMs?: number
  /** Changes the plan when the load has moved. It is asked as often as the observer looks. */
  readonly replanner?: Pick<Replanner, 'look'>
}

/** A server that is listening. */
export interface RunningServer {
  readonly service: InferenceService
  readonly observer: Observer
  readonly httpUrl: string
  /** Host and port. */
  readonly grpcAddress: string
  /** Takes nothing new, gives open requests up to this long to end, then ends everything. */
  stop(drainMs: number): Promise<void>
}

/** @throws WorkError if the server cannot listen, or the models cannot be made ready */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = withinOpenFiles({ ...DEFAULT_LIMITS, ...options.limits })
  const service = new InferenceService(options.backend, { ...options, nowUs })
  const observer = new Observer(service, Date.now())
  const context: Context = {
    service,
    observer,
    tenants: new Tenants(options.keys),
    ...allowance(limits),
    pages: new MemoryBudget(limits.pageBytes),
    probes: allowance({ ...limits, ...PROBE_LIMITS }),
    watches: allowance({ ...limits, ...WATCH_LIMITS }),
  }
  const http = createHttpServer(context)
  const grpc = createGrpcServer(context)
  const host = hostInUrl(options.host)
  let looks: NodeJS.Timeout | undefined
  const close = (): void => {
    clearInterval(looks)
    http.server.close()
    http.server.closeAllConnections()
    forceShutDown(grpc)
  }
  try {
    const httpPort = await listen(http.server, options.host, options.httpPort)
    const grpcPort = await listen(grpc.server, options.host, options.grpcPort)
    const addresses = { http: `http://${host}:${httpPort}`, grpc: `${host}:${grpcPort}` }
    options.log('listening', addresses)
    looks = keepLooking(service, observer, options)
    if (options.open) service.backend = await options.open()
    await service.start()
    observer.tick(Date.now())
    return {
      service,
      observer,
      httpUrl: addresses.http,
      grpcAddress: addresses.grpc,
      async stop(drainMs) {
        const untilMs = performance.now() + drainMs
        service.drain()
        clearInterval(looks)
        await settled(service, untilMs)
        await flushed(http.connections, untilMs)
        const leftMs = Math.max(0, untilMs - performance.now())
        await within(leftMs, Promise.all([ended(http.server), shutDown(grpc)]))
        close()
        await service.backend.stop()
        await options.tracer?.stop()
        service.memory.unregisterAll()
      },
    }
  } catch (error) {
    close()
    await service.backend.stop()
    throw error instanceof Refusal ? new WorkError(error.message) : error
  }
}

function allowance(limits: Limits): Allowance {
  return { memoryBudget: new MemoryBudget(limits.heldBytes), limits }
}

/**
 * Leaves HTTP and gRPC a third each of the files that this process may have open, and the last third to shared memory,
 * workers and all else: a connection that the system refuses could not take the place of an idle one.
 */
function withinOpenFiles(limits: Limits): Limits {
  const connections = Math.min(limits.connections, Math.floor(mostOpenFiles() / 3))
  return { ...limits, connections }
}

/**
 * Has the observer look once per interval, and the re-planner check whether the load has moved away from the plan.
 */
function keepLooking(
  service: InferenceService,
  observer: Observer,
  { log, replanner, observeEveryMs = 1000 }: ServerOptions,
): NodeJS.Timeout {
  const decided: Decided = ({ kind, reason }) => {
    log('replan', { decision: kind, reason })
    observer.decided(Date.now(), `${kind}: ${reason}`)
  }
  return setInterval(() => {
    observer.tick(Date.now())
    if (service.isReady) void replanner?.look(decided)
  }, observeEveryMs)
}

/** Starts to listen, and returns the port. @throws WorkError */
async function listen(server: Server, host: string, port: number): Promise<number> {
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

/**
 * Resolves when no request is open any more, or when the time is up, and not before what has already arrived has been
 * read: those requests would not be answered but have their connections reset.
 */
async function settled(service: InferenceService, untilMs: number): Promise<void> {
  const isIdle = (): boolean =>
    [...service.accounting.byModel.values()].every(({ open }) => open === 0)
  while (performance.now() < untilMs) {
    await sleep(10)
    if (isIdle()) return
  }
}

/** Resolves once every connection has ended. */
function ended(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve())
    http.closeIdleConnections()
  })
}
