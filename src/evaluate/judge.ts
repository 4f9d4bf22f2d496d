import type { Judgement } from '../plan/judgement.js'
import type { Plan } from '../plan/plan.js'
import type { Metrics } from '../simulate/metrics.js'
import type { SimulationOptions, SimulationWindow } from '../simulate/result.js'
import { isOpenLoop } from '../workload/load.js'
import { hasTargets, type Scenario } from '../workload/scenario.js'
import type { Evaluator } from './evaluator.js'
import { headroomOf } from './headroom.js'
import { highestOf, lowestOf, meanOf } from './metrics-of-runs.js'
import { judgementWindow } from './simulation-windows.js'
import { workerJudgement } from './worker-judgement.js'

/** What a caller may choose about a judgement. */
export interface JudgingOptions {
  /** Seed of the first run; each further one has the next. */
  readonly seed: number
  readonly mode: SimulationOptions['mode']
  /** Simulated time of each run that is measured, in µs; as long as the load needs without it. */
  readonly durationUs?: number | undefined
  /**
   * How many runs are made; without it, as many as it takes until no target is too close to call.
   */
  readonly runs?: number | undefined
}

/** A judged plan: what its runs have in common, and how far they differ. */
export interface Judged {
  readonly judgement: Judgement
  /** Means over the runs. */
  readonly metrics: Metrics
  /** The lowest and the highest value of each metric in any run. */
  readonly lowest: Metrics
  readonly highest: Metrics
}

/**
 * The numbers of runs after which targets are looked at, until every one is decided. More runs
 * narrow the interval, and a plan that is far from its targets, on either side, needs only the
 * first few.
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

/**
 * Headroom where every load is open. Beside a closed loop, which takes whatever is left, there is
 * none.
 */
async function knownHeadroom(
  scenario: Scenario,
  plan: Plan,
  evaluator: Pick<Evaluator, 'simulate'>,
  { seed, mode }: JudgingOptions,
): Promise<number | null> {
  return isOpenLoop(scenario) ? headroomOf(scenario, plan, evaluator, { seed, mode }) : null
}

function isDecided({ workers }: Pick<Judgement, 'workers'>): boolean {
  return workers.every(
    ({ p95Target, minimumShare }) =>
      p95Target?.verdict !== 'unclear' && minimumShare?.verdict !== 'unclear',
  )
}

/** What runs with consecutive seeds, from the first one on, say about a plan. */
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
