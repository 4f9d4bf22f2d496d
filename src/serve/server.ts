import type { Server as HttpServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkError } from '../errors.js'
import { nowUs } from '../now.js'
import { Admission } from './backend/admission.js'
import type { Backend } from './backend/backend.js'
import type { Allowance, Context } from './context.js'
import { createGrpcServer } from './grpc/server.js'
import { forceShutDown, shutDown } from './grpc/sessions.js'
import { flushed } from './http/connections.js'
import { createHttpServer } from './http/server.js'
import { InferenceService, type ServiceOptions } from './inference-service.js'
import { DEFAULT_LIMITS, type Limits, PROBE_LIMITS, WATCH_LIMITS } from './limits.js'
import { listen } from './listening.js'
import { mostOpenFiles } from './open-files.js'
import type { Decided, Replanner } from './planning/replanner.js'
import { Refusal } from './refusal.js'
import { Observer } from './telemetry/observer.js'
import { type ApiKeys, Tenants } from './tenants.js'

export interface ServerOptions extends Omit<ServiceOptions, 'nowUs'> {
  readonly backend: Backend
  /** Opens what takes the place of the backend once the server listens; left out: nothing does. */
  readonly open?: () => Promise<Backend>
  /** Address to listen at. */
  readonly host: string
  /** 0: any free one. */
  readonly httpPort: number
  /** 0: any free one. */
  readonly grpcPort: number
  /** Left out: everybody may ask. */
  readonly keys?: ApiKeys
  readonly limits?: Partial<Limits>
  /** How often the observer looks: once a second unless a test looks by itself. */
  readonly observeEveryMs?: number
  /** Changes the plan when the load has moved; asked as often as the observer looks. */
  readonly replanner?: Pick<Replanner, 'look'>
}

/** A server that listens. */
export interface RunningServer {
  readonly service: InferenceService
  readonly observer: Observer
  readonly httpUrl: string
  /** Host and port. */
  readonly grpcAddress: string
  /** Takes nothing new, lets what is under way end for at most so long, then ends everything. */
  stop(drainMs: number): Promise<void>
}

/** @throws WorkError if it cannot listen or the models cannot be made ready */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = withinOpenFiles({ ...DEFAULT_LIMITS, ...options.limits })
  const service = new InferenceService(options.backend, { ...options, nowUs })
  const observer = new Observer(service, Date.now())
  const context: Context = {
    service,
    observer,
    tenants: new Tenants(options.keys),
    ...allowance(limits),
    probes: allowance({ ...limits, ...PROBE_LIMITS }),
    watches: allowance({ ...limits, ...WATCH_LIMITS }),
  }
  const http = createHttpServer(context)
  const grpc = createGrpcServer(context)
  const host = hostInUrl(options.host)
  let looks: NodeJS.Timeout | undefined
  const close = (): void => {
    clearInterval(looks)
    http.close()
    http.closeAllConnections()
    forceShutDown(grpc)
  }
  try {
    const httpPort = await listen(http, options.host, options.httpPort)
    const grpcPort = await listen(grpc, options.host, options.grpcPort)
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
        await flushed(http, untilMs)
        await within(Promise.all([ended(http), shutDown(grpc)]), untilMs)
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
  return { admission: new Admission(limits.heldBytes), limits }
}

/**
 * Leaves HTTP and gRPC a third each of the files that this process may have open, and the last third to shared memory,
 * workers and all else: a connection that the system refuses could not take the place of an idle one.
 */
function withinOpenFiles(limits: Limits): Limits {
  const connections = Math.min(limits.connections, Math.floor(mostOpenFiles() / 3))
  return { ...limits, connections }
}

/** Looks again and again at what is served, and whether the load has moved away from the plan. */
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

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Resolves when no request is under way any more, or when the time is over. */
async function settled(service: InferenceService, untilMs: number): Promise<void> {
  const isIdle = (): boolean => [...service.books.byModel.values()].every(({ open }) => open === 0)
  while (!isIdle() && performance.now() < untilMs) {
    await sleep(10)
  }
}

/** Resolves once every connection has ended. */
function ended(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve())
    http.closeIdleConnections()
  })
}

/** Resolves with the work, or when the time is over. */
async function within(work: Promise<unknown>, untilMs: number): Promise<void> {
  const over = new AbortController()
  const leftMs = Math.max(0, untilMs - performance.now())
  const timeOut = sleep(leftMs, undefined, { signal: over.signal }).catch(() => {})
  await Promise.race([work, timeOut])
  over.abort()
}
