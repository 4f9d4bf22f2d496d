import type { Interval, TargetJudgement, WorkerJudgement } from '../plan/judgement.js'
import { isIdle, type WorkerMetrics } from '../simulate/metrics.js'
import type { ScenarioWorker } from '../workload/scenario.js'
import { predictionInterval } from './prediction-interval.js'

/**
 * A promise holds for the p95 of runs of this length, or of the judged length if that is longer.
 * Random arrivals even out over time, so longer runs vary less, but only as long as queues are soon
 * empty again. In a closed loop and under high utilisation, longer runs vary just as much.
 */
const PROMISED_SECONDS = 20
const CALM = 0.9
/** With several runs, at least this many must have been offered requests for an interval to be known. */
const FEWEST_RUNS = 2

/** The metrics of one worker in each run, and the length of each run. */
export interface WorkerRuns {
  readonly own: readonly WorkerMetrics[]
  readonly seconds: number
}

/**
 * The judgement of one worker from several runs.
 * @param mean its metrics, averaged over the runs
 */
export function workerJudgement(
  { name, load, p95TargetMs, minimumShare }: ScenarioWorker,
  { offeredPerSecond, requestsPerSecond, utilisation }: WorkerMetrics,
  { own, seconds }: WorkerRuns,
): WorkerJudgement {
  const isOverloaded = utilisation !== null && utilisation >= 1
  const p95s = own.filter((run) => !isIdle(run)).map(({ p95Ms }) => p95Ms)
  const isTold = p95s.length >= Math.min(FEWEST_RUNS, own.length)
  const isCalm = load.kind === 'poisson' && (utilisation ?? 1) <= CALM
  const further = isCalm ? Math.min(1, seconds / PROMISED_SECONDS) : 1
  const p95Ms = isTold && p95s.every(Number.isFinite) ? predictionInterval(p95s, further) : null
  const share = predictionInterval(own.map(({ normalizedThroughput }) => normalizedThroughput))
  return {
    name,
    offeredPerSecond,
    servedPerSecond: requestsPerSecond,
    utilisation: utilisation !== null && Number.isFinite(utilisation) ? utilisation : null,
    isOverloaded,
    normalizedThroughput: share,
    p95Ms,
    ...(p95TargetMs !== undefined && {
      p95Target:
        p95Ms === null ? unknown(p95s, p95TargetMs) : atMost(p95Ms, p95TargetMs, isOverloaded),
    }),
    ...(minimumShare > 0 && { minimumShare: atLeast(share, minimumShare) }),
  }
}

/**
 * A worker that completed nothing of what was asked has missed its target; if it was hardly asked,
 * the verdict is unclear.
 */
function unknown(p95s: readonly number[], asked: number): TargetJudgement {
  return { asked, margin: null, verdict: p95s.every(Number.isFinite) ? 'unclear' : 'missed' }
}

/**
 * Compares a p95 with its target. Under overload the queue, and with it the p95, grows for as long
 * as the run lasts, so a target then never counts as met, however short the run is.
 */
function atMost(value: Interval, asked: number, isOverloaded: boolean): TargetJudgement {
  const margin = 1 - value.mean / asked
  if (isOverloaded || value.low > asked) return { asked, margin, verdict: 'missed' }
  return { asked, margin, verdict: value.high <= asked ? 'met' : 'unclear' }
}

function atLeast(value: Interval, asked: number): TargetJudgement {
  const margin = value.mean / asked - 1
  if (value.high < asked) return { asked, margin, verdict: 'missed' }
  return { asked, margin, verdict: value.low >= asked ? 'met' : 'unclear' }
}
