import { z } from 'zod'
import type { Judgement } from '../plan/judgement.js'
import type { Plan } from '../plan/plan.js'
import { durationUs } from '../quantities.js'
import { checked } from '../schema-problem.js'
import type { Metrics } from '../simulate/metrics.js'
import {
  SIMULATION_MODES,
  type SimulationOptions,
  type SimulationWindow,
} from '../simulate/result.js'
import { isOpenLoop } from '../workload/load.js'
import { hasTargets, type Scenario } from '../workload/scenario.js'
import type { Evaluator } from './evaluator.js'
import { headroomOf } from './headroom.js'
import { highestOf, lowestOf, meanOf } from './metrics-of-runs.js'
import { judgementWindow } from './simulation-windows.js'
import { workerJudgement } from './worker-judgement.js'

/** What a caller may choose about a judgement. */
export interface JudgingOptions {
  /** Seed of the first run. Each further run uses the next seed. */
  readonly seed: number
  readonly mode: SimulationOptions['mode']
  /** Simulated time of each run that is measured, in µs. If absent, as long as the load needs. */
  readonly durationUs?: number | undefined
  /** Number of runs. If absent, as many as it takes until no target is too close to call. */
  readonly runs?: number | undefined
}

const optionsSchema = z.strictObject({
  seed: z.int().nonnegative(),
  mode: z.enum(SIMULATION_MODES),
  durationUs: durationUs.optional(),
  runs: z.int().positive().optional(),
})

/** A judged plan: the mean and the range of its runs. */
export interface Judged {
  readonly judgement: Judgement
  /** Means over the runs. */
  readonly metrics: Metrics
  /** The lowest and the highest value of each metric in any run. */
  readonly lowest: Metrics
  readonly highest: Metrics
}

/**
 * The numbers of runs after which targets are checked, until every one is decided. More runs narrow
 * the interval, while a plan that is far from its targets on either side needs only the first few.
 */
const ROUNDS = [4, 8, 16] as const
/** Without targets to decide, a few runs show how much they differ. */
const RUNS_WITHOUT_TARGETS = 3

/**
 * Simulates a plan with several seeds that no search has seen, and decides for every target whether
 * it is met.
 * @throws InputError for an option that is unknown or wrong
 */
export async function judge(
  scenario: Scenario,
  plan: Plan,
  evaluator: Pick<Evaluator, 'simulate'>,
  options: JudgingOptions,
): Promise<Judged> {
  checked(options, optionsSchema, 'judging')
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
 * Headroom if every load is open. A closed loop takes whatever is left, so beside one there is no
 * headroom.
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

/** The judgement of a plan from runs with consecutive seeds, starting with the first. */
function judgementOf(
  scenario: Scenario,
  runs: readonly Metrics[],
  { warmupUs, durationUs }: SimulationWindow,
  firstSeed: number,
): Omit<Judgement, 'headroom'> {
  const { workers } = meanOf(runs)
  return {
    seeds: runs.map((_, i) => firstSeed + i),
    warmupSeconds: warmupUs / 1e6,
    seconds: durationUs / 1e6,
    workers: scenario.workers.map((worker, w) =>
      workerJudgement(worker, workers[w], {
        own: runs.map((run) => run.workers[w]),
        seconds: durationUs / 1e6,
      }),
    ),
  }
}
