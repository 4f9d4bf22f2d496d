import { NoMps } from '../../binding/mps/control.js'
import type { WorkError } from '../../errors.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { InstanceTeam } from '../../torch/instance-team.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import type { Demand } from '../../workload/demand.js'
import {
  type Contender,
  type DemandRival,
  mpsContenders,
  plainStreams,
  timeSlices,
} from './contenders.js'
import { findGoodput } from './goodput.js'
import { leastAttainment, leastInTime, type Measurement, measure } from './measure.js'
import { type Span, scheduleOf } from './schedule-of.js'
import { bySeats, type TeamWork, withTeam } from './seats.js'

export interface DemandBenchSettings {
  readonly span: Span
  /** Arrivals are drawn anew for each repeat, and the counts of all repeats are added up. */
  readonly seeds: readonly number[]
  /** Load at which the search for our plan's goodput begins. */
  readonly guess: number
  readonly rivals: readonly DemandRival[]
}

export interface ContenderResult {
  readonly name: string
  readonly plan: ServingPlan
  /** The largest multiple of the demand at which every model attains 99% (95%) of its requests. */
  readonly goodput: number
  readonly goodput95: number
  readonly measurements: readonly Measurement[]
  readonly failed?: string | undefined
}

export interface DemandContest {
  readonly gpu: string
  readonly versions: Readonly<Record<string, string>>
  readonly results: readonly ContenderResult[]
}

export interface DemandListener {
  readonly progress: (text: string) => void
  readonly measured: (contest: DemandContest) => void
}

/** Of the screened settings of tuned MPS, so many are searched for their goodput. */
const FINALISTS = 3
/**
 * Where the search for a rival's goodput begins, as a part of ours. A guess near the result saves
 * measurements and does not change it.
 */
const PLAIN_STREAMS_GUESS = 0.65
const TIME_SLICES_GUESS = 0.4
/** Time slices carry so little that few measurements of them are enough. */
const TIME_SLICES_MEASUREMENTS = 4
/** Loads beside the search, as parts of the goodput: p95 there is predicted, and what is left beyond capacity. */
const LOADS_BESIDE = [0.5, 1.5]
/** What the second goodput is of, and how many measurements more it may take. */
const SECOND = 0.95
const SECOND_MEASUREMENTS = 3

/**
 * Serves a demand with every contender over a range of loads: our plans (on streams where MPS is not to be had), plain streams, time slices
 * and MPS tuned by trial. All get the same requests.
 * @throws WorkError if no process comes up at all
 */
export async function contestDemand(
  demand: Demand,
  ours: readonly Contender[],
  given: DemandBenchSettings,
  listener: DemandListener,
  options: WorkerProcessOptions = {},
): Promise<DemandContest> {
  const contest = new Contest(demand, given, listener, options)
  let best = given.guess
  for (const group of bySeats(ours)) best = Math.max(best, await contest.search(group, best))
  const { rivals } = given
  if (rivals.includes('streams')) {
    await contest.search([plainStreams(demand)], best * PLAIN_STREAMS_GUESS)
  }
  if (rivals.includes('time-sliced')) {
    await contest.search([timeSlices(demand)], best * TIME_SLICES_GUESS, TIME_SLICES_MEASUREMENTS)
  }
  const settings = rivals.filter((rival) => typeof rival !== 'string')
  for (const finalist of await finalistsOf(mpsContenders(demand, settings), contest, best)) {
    await contest.search([finalist], best)
  }
  return contest.result()
}

/** The best at one load, where there are too many to search for the goodput of each. */
async function finalistsOf(
  contenders: readonly Contender[],
  contest: Contest,
  load: number,
): Promise<readonly Contender[]> {
  if (contenders.length <= FINALISTS) return contenders
  const screened: Screened[] = []
  for (const sameShare of byShare(contenders)) {
    screened.push(...(await contest.screen(sameShare, load)))
  }
  screened.sort((a, b) => b.attainment - a.attainment)
  return screened.slice(0, FINALISTS).map(({ contender }) => contender)
}

/** Contenders under MPS in groups of one share: fewer instances run in the processes of more. */
function byShare(contenders: readonly Contender[]): Contender[][] {
  const groups = new Map<number, Contender[]>()
  for (const contender of contenders) {
    const [{ share }] = contender.plan.models
    groups.set(share, [...(groups.get(share) ?? []), contender])
  }
  return [...groups.values()]
}

interface Screened {
  readonly contender: Contender
  /** Lowest attainment of a model at the load of the screening. */
  readonly attainment: number
}

class Contest {
  readonly #demand: Demand
  readonly #settings: DemandBenchSettings
  readonly #listener: DemandListener
  readonly #options: WorkerProcessOptions
  readonly #results: ContenderResult[] = []
  #gpu = ''
  #versions: Readonly<Record<string, string>> = {}

  constructor(
    demand: Demand,
    settings: DemandBenchSettings,
    listener: DemandListener,
    options: WorkerProcessOptions,
  ) {
    this.#demand = demand
    this.#settings = settings
    this.#listener = listener
    this.#options = options
  }

  result(): DemandContest {
    return { gpu: this.#gpu, versions: this.#versions, results: this.#results }
  }

  /**
   * Finds the goodputs of contenders that share their processes, and measures each at half of its
   * capacity and beyond it.
   */
  async search(contenders: readonly Contender[], guess: number, most?: number): Promise<number> {
    let best = 0
    const failed = await this.#withTeam(contenders, async (team, levels) => {
      for (const contender of contenders) {
        const goodput = await this.#searchOne(team, levels, contender, best || guess, most)
        best = Math.max(best, goodput)
      }
    })
    const fallbacks = contenders.flatMap(({ fallback }) => fallback ?? [])
    if (failed instanceof NoMps && fallbacks.length > 0) {
      this.#listener.progress(`${failed.message}; ${fallbacks[0].name} is measured on streams`)
      return this.search(fallbacks, guess, most)
    }
    if (failed !== undefined) {
      const [{ name, plan }] = contenders
      const { message } = failed
      this.#results.push({
        name,
        plan,
        goodput: 0,
        goodput95: 0,
        measurements: [],
        failed: message,
      })
      this.#listener.measured(this.result())
    }
    return best
  }

  async #searchOne(
    team: InstanceTeam,
    levels: number,
    { name, plan }: Contender,
    guess: number,
    most?: number,
  ): Promise<number> {
    const measurements: Measurement[] = []
    const measureAt = async (load: number): Promise<Measurement> => {
      const measurement = await this.#measure(name, team, plan, levels, load)
      measurements.push(measurement)
      return measurement
    }
    const relativeAt = async (load: number): Promise<number> =>
      leastAttainment(plan, (await measureAt(load)).models)
    const { goodput } = await findGoodput(relativeAt, guess, 1, most)
    for (const part of LOADS_BESIDE) await measureAt((goodput || guess) * part)
    const known = measurements.map(({ load, models }) => ({
      load,
      attainment: leastInTime(models),
    }))
    const attainedAt = async (load: number): Promise<number> =>
      leastInTime((await measureAt(load)).models)
    const second = await findGoodput(attainedAt, guess, SECOND, SECOND_MEASUREMENTS, known)
    this.#results.push({ name, plan, goodput, goodput95: second.goodput, measurements })
    this.#listener.measured(this.result())
    return goodput
  }

  /** Attainments of contenders that share their processes, at one load. */
  async screen(contenders: readonly Contender[], load: number): Promise<Screened[]> {
    const most = contenders.at(-1)!
    const screened: Screened[] = []
    const failed = await this.#withTeam([most], async (team, levels) => {
      for (const contender of contenders) {
        const { name, plan } = contender
        const measurement = await this.#measure(name, team, plan, levels, load)
        const attainment = leastAttainment(plan, measurement.models)
        screened.push({ contender, attainment })
        const goodput = attainment >= 1 ? load : 0
        this.#results.push({
          name: `${name} screened`,
          plan,
          goodput,
          goodput95: Number.NaN,
          measurements: [measurement],
        })
      }
    })
    if (failed !== undefined) this.#listener.progress(`${most.name}: ${failed.message}`)
    this.#listener.measured(this.result())
    return screened
  }

  #withTeam(contenders: readonly Contender[], work: TeamWork): Promise<WorkError | undefined> {
    this.#listener.progress(`starting ${contenders[0].plan.evidence.policy}`)
    return withTeam(this.#demand, contenders, this.#options, (team, levels) => {
      this.#gpu = team.hello.device.name
      this.#versions = team.hello.versions
      return work(team, levels)
    })
  }

  #measure(
    name: string,
    team: InstanceTeam,
    plan: ServingPlan,
    levels: number,
    load: number,
  ): Promise<Measurement> {
    const { span, seeds } = this.#settings
    this.#listener.progress(`${name} at ${load.toFixed(3)} times the demand`)
    const schedules = seeds.map((seed) => scheduleOf(this.#demand, load, seed, span))
    return measure({ team, plan, levels }, load, schedules)
  }
}
