import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { callAt, callSoonAfter } from '../../alarm.js'
import { nowUs } from '../../now.js'
import { quantileSorted } from '../../numbers.js'
import { instanceModels, type ServingPlan } from '../../plan/serving-plan.js'
import { servingSetup } from '../../schedule/serving/setup.js'
import { type Outcome, ServingClock } from '../../schedule/serving/wall-clock.js'
import type { InstanceTeam } from '../../torch/instance-team.js'

/** Requests of all models in order of arrival. Times in s from the start. */
export interface Schedule {
  readonly timesS: Float64Array
  readonly models: Uint8Array
  /** Requests before this time fill the queues and do not count. */
  readonly warmupS: number
}

/** Outcomes of one model's requests that count. */
export interface DrivenModel {
  readonly offered: number
  readonly answered: number
  readonly inTime: number
  readonly dropped: number
  /** Requests that were not answered within the run, or failed. */
  readonly lost: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** Mean number of samples in a launch. */
  readonly batch: number
}

export interface Driven {
  readonly models: readonly DrivenModel[]
  /** Answered requests of all models, including those of the warm-up. */
  readonly answered: number
  /** How late requests were sent, at the 99th percentile, in ms. */
  readonly senderLagMs: number
  readonly failure: string | undefined
}

/** How long requests may still run after the last arrival. */
const DRAIN_MS = 3000
/** Timers have a resolution of a millisecond, so the loop spins once an arrival is nearer than this. */
const SPIN_S = 0.003

/**
 * Sends a schedule of requests to a team under a plan, and counts the outcomes. Latencies count
 * from the time a request was due, whenever it was sent (no coordinated omission).
 */
export async function drive(
  team: InstanceTeam,
  plan: ServingPlan,
  levels: number,
  schedule: Schedule,
): Promise<Driven> {
  const clock = clockOf(team, plan, levels)
  const startUs = nowUs() + 5000
  const records = plan.models.map(() => new Records())
  const lagsUs: number[] = []
  let answered = 0
  let failure: string | undefined
  const { timesS, models, warmupS } = schedule
  const send = (timeS: number, model: number): void => {
    const arrivalUs = startUs + timeS * 1e6
    lagsUs.push(nowUs() - arrivalUs)
    const { samples, targetMs } = plan.models[model]
    const counts = timeS >= warmupS
    if (counts) records[model].offered++
    void clock.submit(model, undefined, { samples, arrivalUs }).outcome.then((outcome) => {
      if (outcome.kind === 'answered') answered++
      if (outcome.kind === 'failed') failure ??= (outcome.error as Error).message
      if (counts) records[model].add(outcome, arrivalUs, targetMs * 1000, samples)
    })
  }
  for (let next = 0; next < timesS.length; ) {
    const sinceS = (nowUs() - startUs) / 1e6
    for (; next < timesS.length && timesS[next] <= sinceS; next++) send(timesS[next], models[next])
    if (next >= timesS.length || failure !== undefined) break
    const gapS = timesS[next] - (nowUs() - startUs) / 1e6
    await (gapS > SPIN_S ? sleep((gapS - SPIN_S) * 1000) : nextTurn())
  }
  await drained(clock, plan)
  lagsUs.sort((a, b) => a - b)
  return {
    models: records.map((record) => record.result()),
    answered,
    senderLagMs: quantileSorted(lagsUs, 0.99) / 1000,
    failure,
  }
}

/** Decides by the wall clock what the team launches. */
function clockOf(team: InstanceTeam, plan: ServingPlan, levels: number): ServingClock<undefined> {
  const models = instanceModels(plan)
  const nth = models.map((model, instance) => instance - models.indexOf(model))
  return new ServingClock<undefined>({
    setup: servingSetup(plan, levels),
    nowUs,
    callAt,
    callSoonAfter,
    run: (instance, batch, level) => team.launch(models[instance], nth[instance], batch, level),
  })
}

/** Waits for the launches under way; requests that still wait after a while are given up. */
async function drained(clock: ServingClock<undefined>, plan: ServingPlan): Promise<void> {
  const untilMs = performance.now() + DRAIN_MS
  while (clock.pending > 0 && performance.now() < untilMs) await sleep(2)
  for (let model = 0; model < plan.models.length; model++) clock.core.takeWaiting(model)
  while (clock.core.running > 0) await sleep(2)
}

/** Counts the outcomes of one model. */
class Records {
  offered = 0
  #inTime = 0
  #dropped = 0
  readonly #latenciesMs: number[] = []
  #samples = 0
  #launches = 0

  add(outcome: Outcome, arrivalUs: number, targetUs: number, samples: number): void {
    if (outcome.kind === 'dropped') this.#dropped++
    if (outcome.kind !== 'answered') return
    const latencyUs = outcome.endUs - arrivalUs
    this.#latenciesMs.push(latencyUs / 1000)
    if (latencyUs <= targetUs) this.#inTime++
    this.#samples += samples
    this.#launches += samples / outcome.together
  }

  result(): DrivenModel {
    const latencies = Float64Array.from(this.#latenciesMs).sort()
    const answered = latencies.length
    return {
      offered: this.offered,
      answered,
      inTime: this.#inTime,
      dropped: this.#dropped,
      lost: this.offered - answered - this.#dropped,
      p50Ms: quantileSorted(latencies, 0.5),
      p95Ms: quantileSorted(latencies, 0.95),
      p99Ms: quantileSorted(latencies, 0.99),
      batch: this.#samples / this.#launches,
    }
  }
}
