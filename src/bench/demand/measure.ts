import { openNvmlMeter } from '../../binding/cuda/meter.js'
import { WorkError } from '../../errors.js'
import { mean, sum } from '../../numbers.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { MOST_LAG_MS } from '../../sender-lag.js'
import type { InstanceTeam } from '../../torch/instance-team.js'
import { type Driven, type DrivenModel, drive, type Schedule } from './drive.js'
import type { Attained } from './goodput.js'

/** One contender at one load. */
export interface Measurement {
  readonly load: number
  readonly models: readonly DrivenModel[]
  /** Mean power of the device while requests came, in W; absent if it is not metered. */
  readonly powerW: number | undefined
  /** Energy of the device per request answered during that time, in J; absent if it is not metered. */
  readonly joulesPerRequest: number | undefined
  readonly senderLagMs: number
  /** Wall time of all its runs, in s, including the wait for the last answers and runs that were repeated. */
  readonly tookS: number
}

/** Processes that are up, and the plan that they carry out. */
export interface Running {
  readonly team: InstanceTeam
  readonly plan: ServingPlan
  /** Priority levels that launches may take. */
  readonly levels: number
}

/** A machine that is never quiet is measured anyway after this many tries, and its lag is recorded. */
const MOST_TRIES = 3

/**
 * Serves the schedules of one load, one after another, and adds up the outcomes of their requests.
 * @throws WorkError if a run fails
 */
export async function measure(
  running: Running,
  load: number,
  schedules: readonly Schedule[],
): Promise<Measurement> {
  const { team, plan } = running
  const beganMs = performance.now()
  const { uuid } = team.hello.device
  const meter = uuid === undefined ? undefined : openNvmlMeter(uuid)
  const runs: Driven[] = []
  const powersW: number[] = []
  let energyJ = 0
  let answered = 0
  try {
    for (const schedule of schedules) {
      const run = await onceQuiet(async () => {
        const [beginJ, beginMs] = [meter?.energyJ(), performance.now()]
        const driven = await drive(team, plan, running.levels, schedule)
        const seconds = (performance.now() - beginMs) / 1000
        if (driven.failure !== undefined) throw new WorkError(driven.failure)
        if (meter && beginJ !== undefined) {
          const tookJ = meter.energyJ() - beginJ
          powersW.push(tookJ / seconds)
          energyJ += tookJ
          answered += driven.answered
        }
        return driven
      })
      runs.push(run)
    }
  } finally {
    meter?.close()
  }
  return {
    load,
    models: plan.models.map((_, m) => together(runs.map((run) => run.models[m]))),
    powerW: powersW.length > 0 ? mean(powersW) : undefined,
    joulesPerRequest: answered > 0 ? energyJ / answered : undefined,
    senderLagMs: Math.max(...runs.map(({ senderLagMs }) => senderLagMs)),
    tookS: secondsSince(beganMs),
  }
}

/** @param beganMs start time, from `performance.now()` */
export function secondsSince(beganMs: number): number {
  return Number(((performance.now() - beganMs) / 1000).toFixed(2))
}

/**
 * Repeats a run until the sender kept time, because anything else that runs on the host would count
 * against the contender.
 */
async function onceQuiet(run: () => Promise<Driven>): Promise<Driven> {
  for (let attempt = 1; ; attempt++) {
    const driven = await run()
    if (driven.senderLagMs <= MOST_LAG_MS || attempt === MOST_TRIES) return driven
  }
}

/** What each model attains, relative to the share of requests in time that it should reach. */
export function attainedOf(
  driven: readonly DrivenModel[],
  wantedOf: (model: number) => number,
): Attained[] {
  return driven.map(({ inTime, offered }, m) => ({
    attainment: inTime / Math.max(1, offered) / wantedOf(m),
    requests: offered,
  }))
}

/** Adds up the counts of several runs. Latency quantiles are means over the runs. */
function together(runs: readonly DrivenModel[]): DrivenModel {
  const all = (field: keyof DrivenModel): number[] => runs.map((run) => run[field])
  return {
    offered: sum(all('offered')),
    answered: sum(all('answered')),
    inTime: sum(all('inTime')),
    dropped: sum(all('dropped')),
    lost: sum(all('lost')),
    p50Ms: mean(all('p50Ms')),
    p95Ms: mean(all('p95Ms')),
    p99Ms: mean(all('p99Ms')),
    batch: mean(all('batch')),
  }
}
