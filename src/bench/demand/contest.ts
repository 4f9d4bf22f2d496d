import { openNvmlMeter } from '../../binding/cuda/meter.js'
import { totalCus } from '../../device/device.js'
import { WorkError } from '../../errors.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { InstanceTeam, type TeamModel } from '../../torch/instance-team.js'
import { modelRequest } from '../../torch/model-request.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import type { Demand } from '../../workload/demand.js'
import {
  type Contender,
  mpsContenders,
  plainStreams,
  TRIED_SHARES,
  timeSlices,
} from './contenders.js'
import { type Driven, type DrivenModel, drive } from './drive.js'
import { findGoodput, loadAt } from './goodput.js'
import { type Span, scheduleOf } from './schedule-of.js'

export interface DemandBenchSettings {
  readonly span: Span
  /** Arrivals are drawn anew for each repeat, and the counts of all repeats are added up. */
  readonly seeds: readonly number[]
  /** Load at which the search for our plan's goodput begins. */
  readonly guess: number
  readonly rivals: 'all' | 'none'
}

/** One contender at one load. */
export interface Measurement {
  readonly load: number
  readonly models: readonly DrivenModel[]
  /** Mean power of the device while requests came, in W; absent where it is not metered. */
  readonly powerW: number | undefined
  readonly senderLagMs: number
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
/** A load beyond capacity, to see what is left of the goodput there. */
const OVERLOAD = 1.5

/**
 * Serves a demand with every contender over a range of loads: our plans, plain streams, time slices
 * and MPS tuned by trial. All get the same requests.
 * @throws WorkError if no process comes up at all
 */
export async function contestDemand(
  demand: Demand,
  ours: readonly Contender[],
  settings: DemandBenchSettings,
  listener: DemandListener,
  options: WorkerProcessOptions = {},
): Promise<DemandContest> {
  const contest = new Contest(demand, settings, listener, options)
  let best = settings.guess
  for (const group of bySeats(ours)) best = Math.max(best, await contest.search(group, best))
  if (settings.rivals === 'none') return contest.result()
  await contest.search([plainStreams(demand)], best * 0.65)
  await contest.search([timeSlices(demand)], best * 0.4, 4)
  const screened: { contender: Contender; attainment: number }[] = []
  for (const share of TRIED_SHARES) {
    screened.push(...(await contest.screen(mpsContenders(demand, share), best)))
  }
  screened.sort((a, b) => b.attainment - a.attainment)
  for (const { contender } of screened.slice(0, FINALISTS)) await contest.search([contender], best)
  return contest.result()
}

/** Contenders in groups that can run in the same processes, one after another. */
function bySeats(contenders: readonly Contender[]): Contender[][] {
  const groups = new Map<string, Contender[]>()
  for (const contender of contenders) {
    const { mechanism, models } = contender.plan
    const key = JSON.stringify([
      mechanism,
      models.map(({ model, batches, instances, share }) => [model, batches, instances, share]),
    ])
    groups.set(key, [...(groups.get(key) ?? []), contender])
  }
  return [...groups.values()]
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
   * Finds the goodput of contenders that share their processes, and measures each beyond its
   * capacity.
   */
  async search(contenders: readonly Contender[], guess: number, most?: number): Promise<number> {
    let best = 0
    const failed = await this.#withTeam(contenders, async (team, levels) => {
      for (const contender of contenders) {
        const goodput = await this.#searchOne(team, levels, contender, best || guess, most)
        best = Math.max(best, goodput)
      }
    })
    if (failed !== undefined) {
      const [{ name, plan }] = contenders
      this.#results.push({ name, plan, goodput: 0, goodput95: 0, measurements: [], failed })
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
    const measure = async (load: number): Promise<number> => {
      const measurement = await this.#measure(name, team, plan, levels, load)
      measurements.push(measurement)
      return leastAttainment(plan, measurement.models)
    }
    const { goodput } = await findGoodput(measure, guess, 1, most)
    await measure((goodput || guess) * OVERLOAD)
    const points = measurements.map(({ load, models }) => ({
      load,
      attainment: Math.min(...models.map(({ inTime, offered }) => inTime / Math.max(1, offered))),
    }))
    this.#results.push({ name, plan, goodput, goodput95: loadAt(points, 0.95), measurements })
    this.#listener.measured(this.result())
    return goodput
  }

  /** Attainments of contenders that share their processes, at one load. */
  async screen(contenders: readonly Contender[], load: number) {
    const most = contenders.at(-1)!
    const screened: { contender: Contender; attainment: number }[] = []
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
    if (failed !== undefined) this.#listener.progress(`${most.name}: ${failed}`)
    this.#listener.measured(this.result())
    return screened
  }

  async #withTeam(
    contenders: readonly Contender[],
    work: (team: InstanceTeam, levels: number) => Promise<void>,
  ): Promise<string | undefined> {
    const [{ plan }] = contenders
    const isLeveled = contenders.some((contender) => contender.plan.priority === 'deadline')
    this.#listener.progress(`starting ${plan.evidence.policy}`)
    try {
      const levels = isLeveled ? this.#demand.device.priorityLevels : 1
      const models = teamModels(this.#demand, plan)
      const { mechanism } = plan
      const team = await InstanceTeam.start({ mechanism, models, levels }, this.#options)
      this.#gpu = team.hello.device.name
      this.#versions = team.hello.versions
      try {
        await work(team, levels)
      } finally {
        await team.close()
      }
      return undefined
    } catch (error) {
      if (error instanceof WorkError) return error.message
      throw error
    }
  }

  /**
   * Repeats a run until the sender kept time, because whatever else runs on the host would count
   * against the contender.
   */
  async #onceQuiet(run: () => Promise<Driven>): Promise<Driven> {
    for (let attempt = 1; ; attempt++) {
      const driven = await run()
      if (driven.senderLagMs <= MOST_LAG_MS || attempt === MOST_TRIES) return driven
    }
  }

  async #measure(
    name: string,
    team: InstanceTeam,
    plan: ServingPlan,
    levels: number,
    load: number,
  ): Promise<Measurement> {
    const { span, seeds } = this.#settings
    const runs: Driven[] = []
    const powersW: number[] = []
    const { uuid } = team.hello.device
    const meter = uuid === undefined ? undefined : openNvmlMeter(uuid)
    try {
      for (const seed of seeds) {
        this.#listener.progress(`${name} at ${load.toFixed(3)} times the demand`)
        const schedule = scheduleOf(this.#demand, load, seed, span)
        const run = await this.#onceQuiet(async () => {
          const [beginJ, beginMs] = [meter?.energyJ(), performance.now()]
          const driven = await drive(team, plan, levels, schedule)
          const seconds = (performance.now() - beginMs) / 1000
          if (driven.failure !== undefined) throw new WorkError(driven.failure)
          if (meter && beginJ !== undefined) powersW.push((meter.energyJ() - beginJ) / seconds)
          return driven
        })
        runs.push(run)
      }
    } finally {
      meter?.close()
    }
    const powerW = powersW.length > 0 ? powersW.reduce((a, b) => a + b) / powersW.length : undefined
    return {
      load,
      models: plan.models.map((_, m) => together(runs.map((run) => run.models[m]))),
      powerW,
      senderLagMs: Math.max(...runs.map(({ senderLagMs }) => senderLagMs)),
    }
  }
}

/** If requests leave later than this, they measure the host and not the device. */
const MOST_LAG_MS = 1
/** A machine that is never quiet is measured anyway, and its lag is recorded. */
const MOST_TRIES = 3

/**
 * The lowest attainment of any model, relative to the quantile that it needs; 1 where all are met.
 */
function leastAttainment({ models }: ServingPlan, driven: readonly DrivenModel[]): number {
  return Math.min(
    ...driven.map(({ inTime, offered }, m) => inTime / Math.max(1, offered) / models[m].quantile),
  )
}

function teamModels(demand: Demand, plan: ServingPlan): TeamModel[] {
  const cus = totalCus(demand.device)
  return plan.models.map((model, m) => ({
    request: modelRequest(demand.models[m].profiles[0]),
    batches: model.batches,
    instances: model.instances,
    sharePercent: Math.min(100, Math.max(1, Math.round((100 * model.share) / cus))),
  }))
}

/** Adds up the counts of several runs. Quantiles of latency are the means over the runs. */
function together(runs: readonly DrivenModel[]): DrivenModel {
  const total = (of: (run: DrivenModel) => number): number =>
    runs.reduce((sum, r) => sum + of(r), 0)
  const mean = (of: (run: DrivenModel) => number): number => total(of) / runs.length
  return {
    offered: total((run) => run.offered),
    answered: total((run) => run.answered),
    inTime: total((run) => run.inTime),
    dropped: total((run) => run.dropped),
    lost: total((run) => run.lost),
    p50Ms: mean((run) => run.p50Ms),
    p95Ms: mean((run) => run.p95Ms),
    p99Ms: mean((run) => run.p99Ms),
    batch: mean((run) => run.batch),
  }
}
