import type { BackendView } from '../backend/backend.js'
import type { InferenceService } from '../inference-service.js'
import { type ModelTotals, since, totalsOf } from './model-totals.js'
import type { ObservedModel, ServerState, StateHistory } from './state.js'
import { WINDOW_S } from './statistics.js'

/** The length of the history: one point a second for five minutes. */
const MOST_POINTS = 300
const MOST_EVENTS = 20

/** Everything that had been counted at one moment. */
interface Tick {
  readonly atMs: number
  readonly models: ReadonlyMap<string, ModelTotals>
  /** By model, requests that were refused for what they are. */
  readonly faulty: ReadonlyMap<string, number>
  readonly energyJ: number | undefined
}

/**
 * Watches a server for its dashboard and its metrics. It looks once a second, and reports what it saw until it
 * looks again, so that both show the same numbers.
 */
export class Observer {
  readonly #service: InferenceService
  readonly #startedMs: number
  /** What it saw within the window, oldest first. */
  #ticks: readonly Tick[] = []
  #events: ServerState['events'] = []
  #points: StateHistory['points'] = []
  #state: ServerState

  /** @param nowMs wall clock, ms since 1970 */
  constructor(service: InferenceService, nowMs: number) {
    this.#service = service
    this.#startedMs = nowMs
    this.#state = this.#look(nowMs)
  }

  get state(): ServerState {
    return this.#state
  }

  get history(): StateHistory {
    return { format: 'eclip.state-history/1', points: this.#points }
  }

  /** Call it once a second. @param nowMs wall clock, ms since 1970 */
  tick(nowMs: number): void {
    this.#state = this.#look(nowMs)
    const { device, models } = this.#state
    const point = {
      atMs: nowMs,
      ...(device.powerW !== undefined && { powerW: device.powerW }),
      models: Object.fromEntries(models.map((model) => [model.name, historyOf(model)])),
    }
    this.#points = [...this.#points.slice(1 - MOST_POINTS), point]
  }

  /** Records what was decided, and why. @param nowMs wall clock, ms since 1970 */
  decided(nowMs: number, text: string): void {
    this.#events = [{ atMs: nowMs, text }, ...this.#events.slice(0, MOST_EVENTS - 1)]
  }

  #look(nowMs: number): ServerState {
    const { backend, options, readiness } = this.#service
    const view = backend.observe()
    const names = [...backend.models.keys()]
    const now: Tick = {
      atMs: nowMs,
      models: new Map(
        names.map((name) => [name, totalsOf(this.#service, name, view.models.get(name)?.energyJ)]),
      ),
      faulty: new Map(
        names.map((name) => [name, this.#service.accounting.byModel.get(name)?.faulty ?? 0]),
      ),
      energyJ: view.device.energyJ,
    }
    this.#ticks = [...this.#ticks.slice(-WINDOW_S), now]
    const then = this.#ticks[0]
    return {
      format: 'eclip.state/1',
      server: { name: options.name, version: options.version },
      nowMs,
      startedMs: this.#startedMs,
      readiness,
      windowS: WINDOW_S,
      device: { ...view.device, ...powerOf(then, now) },
      models: names.map((name) => this.#model(name, view, then, now)),
      holdings: [...view.holdings],
      ...(view.plan && { plan: view.plan }),
      ...(view.tryable && { tryable: view.tryable }),
      events: this.#events,
    }
  }

  #model(name: string, view: BackendView, then: Tick, now: Tick): ObservedModel {
    const { state: readiness, reason } = this.#service.backend.models.get(name)!
    const {
      target,
      priorityClass = 'normal',
      waiting = 0,
      running = 0,
    } = view.models.get(name) ?? {}
    const { recent } = this.#service.statisticsOf(name)
    recent.turn((target?.ms ?? Number.POSITIVE_INFINITY) * 1000)
    const totals = now.models.get(name)!
    const lately = since(then.models.get(name), totals)
    const seconds = Math.max(1, (now.atMs - then.atMs) / 1000)
    const faulty = (now.faulty.get(name) ?? 0) - (then.faulty.get(name) ?? 0)
    const held = lately.answered + lately.refused + lately.dropped + lately.failed - faulty
    const [p50, p95, p99] = recent.quantilesMs([0.5, 0.95, 0.99]) ?? []
    const { energyJ } = lately
    return {
      name,
      readiness,
      reason,
      priorityClass,
      ...(target && { target }),
      totals,
      waiting,
      running,
      receivedPerS: lately.received / seconds,
      answeredPerS: lately.answered / seconds,
      ...(p50 !== undefined && { latencyMs: { p50, p95, p99 } }),
      ...(target && held > 0 && { attainment: Math.min(1, recent.inTime / held) }),
      ...(lately.launches > 0 && { meanBatch: lately.rows / lately.launches }),
      ...(energyJ !== undefined && {
        powerW: energyJ / seconds,
        ...(lately.answered > 0 && { joulesPerRequest: energyJ / lately.answered }),
      }),
    }
  }
}

function powerOf(then: Tick, now: Tick): { readonly powerW?: number } {
  const seconds = (now.atMs - then.atMs) / 1000
  if (now.energyJ === undefined || then.energyJ === undefined || seconds === 0) return {}
  return { powerW: (now.energyJ - then.energyJ) / seconds }
}

function historyOf(model: ObservedModel): StateHistory['points'][number]['models'][string] {
  const { receivedPerS, answeredPerS, waiting, latencyMs } = model
  return { receivedPerS, answeredPerS, waiting, ...(latencyMs && { p95Ms: latencyMs.p95 }) }
}
