import { mean } from '../numbers.js'
import type { Interval, Judgement, TargetJudgement, WorkerJudgement } from '../plan/judgement.js'
import type { Plan } from '../plan/plan.js'
import type { Metrics, WorkerMetrics } from '../simulate/metrics.js'
import type { SimulationOptions, SimulationWindow } from '../simulate/result.js'
import { hasTargets, type Scenario, type ScenarioWorker } from '../workload/scenario.js'
import type { Evaluator } from './evaluator.js'
import { headroomOf } from './headroom.js'
import { highestOf, lowestOf, meanOf } from './metrics-of-runs.js'
import { judgementWindow } from './simulation-windows.js'

/** What is left to choose of a judgement. */
export interface JudgingOptions {
  /** Seed of the first run; each further one has the next. */
  readonly seed: number
  readonly mode: SimulationOptions['mode']
  /** Simulated time of each run that is measured, in µs; as long as the load needs without it. */
  readonly durationUs?: number | undefined
  /** Runs; without it more are made as long as a target is too close to say. */
  readonly runs?: number | undefined
}

/** A judged plan: what its runs have in common, and how far they differ. */
export interface Judged {
  readonly judgement: Judgement
  /** Means over the runs. */
  readonly metrics: Metrics
  /** The lowest and the highest that any run had of each metric. */
  readonly lowest: Metrics
  readonly highest: Metrics
}

/**
 * Runs that are made, until every target is decided. More runs narrow the interval, and a plan that
 * is far from its targets, on either side, needs only the first few.
 */
const ROUNDS = [4, 8, 16] as const
/** Where there is no target to decide, a few runs show how far they differ. */
const RUNS_WITHOUT_TARGETS = 3

/**
 * Simulates a plan with several seeds that no search has seen, and says of every target whether it
 * is met.
 */
export async function judge(
  scenario: Scenario,
  plan: Plan,
  evaluator: Pick<Evaluator, 'simulate'>,
  options: JudgingOptions,
): Promise<Judged> {
  const window = windowOf(scenario, options)
  const runs: Metrics[] = []
  for (const count of roundsOf(scenario, options.runs)) {
    const seeds = Array.from(
      { length: count - runs.length },
      (_, i) => options.seed + runs.length + i,
    )
    const more = seeds.map((seed) => ({
      plan,
      options: { ...window, seed, mode: options.mode },
      load: 1,
    }))
    runs.push(...(await evaluator.simulate(more)))
    if (isDecided(judgementOf(scenario, runs, window, options.seed))) break
  }
  const judgement = judgementOf(scenario, runs, window, options.seed)
  return {
    judgement: { ...judgement, headroom: await knownHeadroom(scenario, plan, evaluator, options) },
    metrics: meanOf(runs),
    lowest: lowestOf(runs),
    highest: highestOf(runs),
  }
}

function windowOf(scenario: Scenario, { durationUs }: JudgingOptions): SimulationWindow {
  const window = judgementWindow(scenario)
  return durationUs === undefined ? window : { ...window, durationUs }
}

function roundsOf(scenario: Scenario, asked: number | undefined): readonly number[] {
  if (asked !== undefined) return [asked]
  return hasTargets(scenario) ? ROUNDS : [RUNS_WITHOUT_TARGETS]
}

/** Headroom where every load is open; beside a closed loop, which takes what is left, it has none. */
async function knownHeadroom(
  scenario: Scenario,
  plan: Plan,
  evaluator: Pick<Evaluator, 'simulate'>,
  { seed, mode }: JudgingOptions,
): Promise<number | null> {
  const isOpen = scenario.workers.every(({ load }) => load.kind !== 'closed')
  return isOpen ? headroomOf(scenario, plan, evaluator, { seed, mode }) : null
}

function isDecided({ workers }: Pick<Judgement, 'workers'>): boolean {
  return workers.every(
    ({ p95Target, minimumShare }) =>
      p95Target?.verdict !== 'unclear' && minimumShare?.verdict !== 'unclear',
  )
}

/** What runs of the seeds from the first one on say of a plan. */
function judgementOf(
  scenario: Scenario,
  runs: readonly Metrics[],
  { warmupUs, durationUs }: SimulationWindow,
  firstSeed: number,
): Omit<Judgement, 'headroom'> {
  return {
    seeds: runs.map((_, i) => firstSeed + i),
    warmupSeconds: warmupUs / 1e6,
    seconds: durationUs / 1e6,
    workers: scenario.workers.map((worker, w) =>
      workerJudgement(worker, meanOf(runs).workers[w], {
        own: runs.map(({ workers }) => workers[w]),
        seconds: durationUs / 1e6,
      }),
    ),
  }
}

/** What each run says of one worker, and how long each was. */
interface WorkerRuns {
  readonly own: readonly WorkerMetrics[]
  readonly seconds: number
}

function workerJudgement(
  { name, load, p95TargetMs, minimumShare }: ScenarioWorker,
  { offeredPerSecond, requestsPerSecond, utilisation }: WorkerMetrics,
  { own, seconds }: WorkerRuns,
): WorkerJudgement {
  const isOverloaded = utilisation !== null && utilisation >= 1
  const p95s = own.map(({ p95Ms }) => p95Ms)
  const isCalm = load.kind === 'poisson' && (utilisation ?? 1) <= CALM
  const further = isCalm ? Math.min(1, seconds / PROMISED_SECONDS) : 1
  const p95Ms = p95s.every(Number.isFinite) ? intervalOf(p95s, further) : null
  const share = intervalOf(own.map(({ normalizedThroughput }) => normalizedThroughput))
  return {
    name,
    offeredPerSecond,
    servedPerSecond: requestsPerSecond,
    utilisation: utilisation !== null && Number.isFinite(utilisation) ? utilisation : null,
    isOverloaded,
    normalizedThroughput: share,
    p95Ms,
    ...(p95TargetMs !== undefined && { p95Target: atMost(p95Ms, p95TargetMs, isOverloaded) }),
    ...(minimumShare > 0 && { minimumShare: atLeast(share, minimumShare) }),
  }
}

/**
 * A p95 against its target. Under overload the queue, and with it the p95, grows for as long as one
 * looks, so that no run that happens to be short enough counts as met.
 */
function atMost(value: Interval | null, asked: number, isOverloaded: boolean): TargetJudgement {
  if (value === null) return { asked, margin: null, verdict: 'missed' }
  const margin = 1 - value.mean / asked
  if (isOverloaded || value.low > asked) return { asked, margin, verdict: 'missed' }
  return { asked, margin, verdict: value.high <= asked ? 'met' : 'unclear' }
}

function atLeast(value: Interval, asked: number): TargetJudgement {
  const margin = value.mean / asked - 1
  if (value.high < asked) return { asked, margin, verdict: 'missed' }
  return { asked, margin, verdict: value.low >= asked ? 'met' : 'unclear' }
}

/**
 * A promise is about the p95 of runs of this length, or of the judged ones if they are longer.
 * Random arrivals even out over time, so that the longer runs vary less, but only as long as a queue
 * is soon empty again; in a closed loop, and under a high utilisation, they vary as much.
 */
const PROMISED_SECONDS = 20
const CALM = 0.9

/** 99.95% quantiles of Student's t, by runs. */
const T: ReadonlyMap<number, number> = new Map([
  [2, 636.6],
  [3, 31.6],
  [4, 12.92],
  [5, 8.61],
  [6, 6.87],
  [7, 5.96],
  [8, 5.41],
  [12, 4.44],
  [16, 4.07],
  [24, 3.77],
])

/** Student's t for so many runs; that of the next fewer ones in the table, which is wider. */
function studentT(runs: number): number {
  return [...T].reduce((t, [known, value]) => (known <= runs ? value : t), Number.POSITIVE_INFINITY)
}

/**
 * Mean of some values and their prediction interval: 99.9% of further values lie in it, if they are
 * drawn from one normal distribution (Student's t). A single value stands for itself.
 * @param further variance of a further value, as a multiple of that of these values
 */
function intervalOf(values: readonly number[], further = 1): Interval {
  const center = mean(values)
  const n = values.length
  if (n === 1) return { mean: center, low: center, high: center }
  const variance = mean(values.map((value) => (value - center) ** 2)) * (n / (n - 1))
  const half = studentT(n) * Math.sqrt(variance * (further + 1 / n))
  return { mean: center, low: Math.max(0, center - half), high: center + half }
}
