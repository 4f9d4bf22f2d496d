import { NoMps } from '../../binding/mps/control.js'
import { WorkError } from '../../errors.js'
import { groupedBy } from '../../maps.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { checkCus } from '../../torch/plan-request.js'
import type { Hello } from '../../torch/protocol.js'
import { TorchWorker } from '../../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import type { Demand } from '../../workload/demand.js'
import {
  type Contender,
  type DemandRival,
  mpsContenders,
  plainStreamsContender,
  timeSlices,
} from './contenders.js'
import { drive } from './drive.js'
import { findGoodput, loadAt, type MeasuredLoad } from './goodput.js'
import { attainedOf, type Measurement, measure, type Running, secondsSince } from './measure.js'
import { type Span, scheduleOf } from './schedule-of.js'
import { byTeam, withTeam } from './teams.js'

export interface DemandBenchSettings {
  readonly span: Span
  /** How long new processes serve requests before anything is measured, in s. */
  readonly settleS: number
  /** Each repeat draws new arrivals; the counts of all repeats are added up. */
  readonly seeds: readonly number[]
  /** Load at which the search for our plan's goodput starts. */
  readonly guess: number
  /** Loads at which every contender is measured instead of searching for its goodput. */
  readonly loads?: readonly number[] | undefined
  readonly rivals: readonly DemandRival[]
}

export interface ContenderResult {
  readonly name: string
  readonly plan: ServingPlan
  /** The largest multiple of the demand at which every model attains 99% (95%) of its requests. */
  readonly goodput: number
  readonly goodput95: number
  /** How long its processes took to come up, in s. Contenders that share processes have the same value. */
  readonly startS: number
  readonly measurements: readonly Measurement[]
  readonly failed?: string
  /** Present while its goodputs are based on the measurements so far and more are to come. */
  readonly unfinished?: true
}

export interface DemandContest {
  readonly gpu: string
  readonly versions: Readonly<Record<string, string>>
  /** Present if more contenders or loads were left to measure. */
  readonly unfinished?: true
  readonly results: readonly ContenderResult[]
}

export interface DemandListener {
  readonly progress: (text: string) => void
  /** Called after every measurement with all results so far. */
  readonly measured: (contest: DemandContest) => void
}

/** For how many of the screened settings of tuned MPS the goodput is searched. */
const FINALISTS = 3
/**
 * Load at which the search for a rival's goodput starts, as a fraction of ours. A guess near the
 * result saves measurements without changing it.
 */
const PLAIN_STREAMS_GUESS = 0.65
const TIME_SLICES_GUESS = 0.4
/** Time slices carry so little that few measurements of them are enough. */
const TIME_SLICES_MEASUREMENTS = 4
/**
 * Loads measured besides the search, as fractions of the goodput: below it to check the predicted p95, and above
 * it to see what is left beyond capacity.
 */
const LOADS_BESIDE = [0.5, 1.5]
/** The attainment of the second goodput, and how many more measurements it may take. */
const SECOND = 0.95
const SECOND_MEASUREMENTS = 3

/**
 * Serves a demand with every contender over a range of loads: our plans (on streams if there is no MPS), plain
 * streams, time slices, and MPS tuned by trial. All get the same requests.
 * @throws WorkError if no process comes up at all, or this machine has another device
 */
export async function contestDemand(
  demand: Demand,
  ours: readonly Contender[],
  given: DemandBenchSettings,
  listener: DemandListener,
  options: WorkerProcessOptions,
): Promise<DemandContest> {
  listener.progress('looking at the device')
  const hello = await deviceOf(demand, options)
  const contest = new Contest(demand, given, listener, options, hello)
  let best = given.guess
  for (const group of byTeam(ours)) {
    best = Math.max(best, await contest.search(group, { guess: best }))
  }
  const { rivals } = given
  if (rivals.includes('streams')) {
    await contest.search([plainStreamsContender(demand)], { guess: best * PLAIN_STREAMS_GUESS })
  }
  if (rivals.includes('time-sliced')) {
    const guess = best * TIME_SLICES_GUESS
    await contest.search([timeSlices(demand)], { guess, most: TIME_SLICES_MEASUREMENTS })
  }
  const settings = rivals.filter((rival) => typeof rival !== 'string')
  const contenders = mpsContenders(demand, settings)
  const finalists = await contest.finalistsOf(contenders, best)
  for (const group of byShare(contenders.filter((contender) => finalists.has(contender)))) {
    await contest.search(group, { guess: best, screened: finalists })
  }
  return contest.result()
}

/** What a process reports about the device. @throws WorkError if it is not the demand's device */
async function deviceOf(demand: Demand, options: WorkerProcessOptions): Promise<Hello> {
  const worker = await TorchWorker.start(options)
  try {
    checkCus(demand, worker.hello)
    return worker.hello
  } finally {
    await worker.close()
  }
}

/**
 * Contenders under MPS, grouped by share. The contender with the most instances comes last, and its processes
 * run the others too.
 */
function byShare(contenders: readonly Contender[]): Contender[][] {
  return [...groupedBy(contenders, ({ plan }) => plan.models[0].share).values()]
}

const quantileIn =
  ({ models }: ServingPlan) =>
  (m: number): number =>
    models[m].quantile

/** By load, what each model attains relative to the share of requests in time that it should reach. */
function pointsOf(
  measurements: readonly Measurement[],
  wantedOf: (model: number) => number,
): MeasuredLoad[] {
  return measurements.map(({ load, models }) => ({ load, models: attainedOf(models, wantedOf) }))
}

/** Measurements of contenders made before their search. */
type Screened = ReadonlyMap<Contender, readonly Measurement[]>

/** How goodputs are searched for. */
interface Search {
  /** Load at which the search starts. */
  readonly guess: number
  /** The most measurements; if absent, as many as a search usually takes. */
  readonly most?: number
  readonly screened?: Screened
}

class Contest {
  readonly #demand: Demand
  readonly #settings: DemandBenchSettings
  readonly #listener: DemandListener
  readonly #options: WorkerProcessOptions
  readonly #hello: Hello
  readonly #results: ContenderResult[] = []
  #startS = 0

  constructor(
    demand: Demand,
    settings: DemandBenchSettings,
    listener: DemandListener,
    options: WorkerProcessOptions,
    hello: Hello,
  ) {
    this.#demand = demand
    this.#settings = settings
    this.#listener = listener
    this.#options = options
    this.#hello = hello
  }

  result(): DemandContest {
    const { device, versions } = this.#hello
    return { gpu: device.name, versions, results: [...this.#results] }
  }

  /**
   * Finds the goodputs of contenders that share their processes, and measures each one also at half
   * of its capacity and beyond it.
   * @returns the best goodput
   */
  async search(contenders: readonly Contender[], search: Search): Promise<number> {
    let best = 0
    await this.#inTurn(contenders, async (contender, running) => {
      const guess = best || search.guess
      best = Math.max(best, await this.#searchOne(contender, running, { ...search, guess }))
    })
    return best
  }

  async #searchOne(
    contender: Contender,
    running: Running,
    { guess, most, screened }: Search,
  ): Promise<number> {
    const { name, plan } = contender
    const measurements = [...(screened?.get(contender) ?? [])]
    const measureAt = async (load: number): Promise<Measurement> => {
      const measurement = await this.#measure(name, running, load)
      measurements.push(measurement)
      this.#keep({ ...this.#resultOf(name, plan, measurements), unfinished: true })
      return measurement
    }
    const searched = async (wantedOf: (model: number) => number, atMost?: number) => {
      const attained = async (load: number) => attainedOf((await measureAt(load)).models, wantedOf)
      const points = pointsOf(measurements, wantedOf)
      return findGoodput(attained, guess, atMost, points)
    }
    if (this.#settings.loads !== undefined) {
      for (const load of this.#settings.loads) await measureAt(load)
    } else {
      const goodput = await searched(quantileIn(plan), most)
      for (const part of LOADS_BESIDE) await measureAt((goodput || guess) * part)
      await searched(() => SECOND, SECOND_MEASUREMENTS)
    }
    const result = this.#resultOf(name, plan, measurements)
    this.#keep(result)
    return result.goodput
  }

  /**
   * The contenders whose goodput is searched, with the measurements already made: all of them if they are few or no
   * search is wanted, otherwise the best ones at one load.
   */
  async finalistsOf(contenders: readonly Contender[], load: number): Promise<Screened> {
    const areAllMeasured = this.#settings.loads !== undefined || contenders.length <= FINALISTS
    if (areAllMeasured) return new Map(contenders.map((one) => [one, []]))
    const screened = new Map<Contender, Measurement>()
    for (const sameShare of byShare(contenders)) {
      await this.#inTurn(sameShare, async (contender, running) => {
        const { name, plan } = contender
        const measurement = await this.#measure(name, running, load)
        screened.set(contender, measurement)
        this.#keep(this.#resultOf(`${name} screened`, plan, [measurement]))
      })
    }
    const attainment = ([{ plan }, { models }]: [Contender, Measurement]): number =>
      Math.min(...attainedOf(models, quantileIn(plan)).map((model) => model.attainment))
    const best = [...screened].sort((a, b) => attainment(b) - attainment(a)).slice(0, FINALISTS)
    return new Map(best.map(([contender, measurement]) => [contender, [measurement]]))
  }

  /**
   * Serves contenders one after another in the processes that they share, which are those of the last contender.
   * If one cannot be served, its result tells why, and the others are served without it.
   */
  async #inTurn(
    contenders: readonly Contender[],
    serve: (contender: Contender, running: Running) => Promise<void>,
  ): Promise<void> {
    this.#startS = 0
    const waiting = [...contenders]
    let current: Contender | undefined
    this.#listener.progress(`starting ${contenders.at(-1)!.plan.evidence.policy}`)
    const beganMs = performance.now()
    const failed = await withTeam(this.#demand, contenders, this.#options, async (team, levels) => {
      this.#startS = secondsSince(beganMs)
      for (let isNew = true; waiting.length > 0; isNew = false) {
        current = waiting.shift()!
        const running = { team, plan: current.plan, levels }
        if (isNew) await this.#settle(running)
        await serve(current, running)
      }
    })
    if (failed === undefined) return
    const fallbacks = contenders.flatMap(({ fallback }) => fallback ?? [])
    if (failed instanceof NoMps && fallbacks.length > 0) {
      this.#listener.progress(`${failed.message}; ${fallbacks[0].name} is measured on streams`)
      return this.#inTurn(fallbacks, serve)
    }
    // If the processes did not come up, it was the last contender that needed all of them.
    const { name, plan } = current ?? waiting.pop()!
    const last = this.#results.at(-1)
    const measurements = last?.unfinished ? last.measurements : []
    this.#keep({ ...this.#resultOf(name, plan, measurements), failed: failed.message })
    if (waiting.length > 0) await this.#inTurn(waiting, serve)
  }

  #resultOf(
    name: string,
    plan: ServingPlan,
    measurements: readonly Measurement[],
  ): ContenderResult {
    return {
      name,
      plan,
      goodput: loadAt(pointsOf(measurements, quantileIn(plan))),
      goodput95: loadAt(pointsOf(measurements, () => SECOND)),
      startS: this.#startS,
      measurements: [...measurements],
    }
  }

  /** Stores a result, replacing the unfinished one before it if there is one. */
  #keep(result: ContenderResult): void {
    if (this.#results.at(-1)?.unfinished) this.#results.pop()
    this.#results.push(result)
    this.#listener.measured({ unfinished: true, ...this.result() })
  }

  /** Serves requests that count nowhere, because the first launches of new processes take longer than later ones. */
  async #settle({ team, plan, levels }: Running): Promise<void> {
    const { settleS, loads, guess, seeds } = this.#settings
    const span = { warmupS: settleS, seconds: 0 }
    const load = loads?.[0] ?? guess
    const schedule = scheduleOf(this.#demand, load, seeds[0], span)
    const { failure } = await drive(team, plan, levels, schedule)
    if (failure !== undefined) throw new WorkError(failure)
  }

  #measure(name: string, running: Running, load: number): Promise<Measurement> {
    const { span, seeds } = this.#settings
    this.#listener.progress(`${name} at ${load.toFixed(3)} times the demand`)
    const schedules = seeds.map((seed) => scheduleOf(this.#demand, load, seed, span))
    return measure(running, load, schedules)
  }
}
