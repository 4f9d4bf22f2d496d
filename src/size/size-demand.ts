import { openTaskThreads } from '../evaluate/task-threads.js'
import { leastKnown } from '../numbers.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import { checkDemand, unreachableTargets } from './check-demand.js'
import { Colocations } from './colocations.js'
import { type CheckedPlan, checkFinalists, judge, worthChecking } from './finalists.js'
import { type LoadPoint, loadCurve, loadPoint, type SizedModel } from './load-curve.js'
import { plainStreamsGoodput } from './plain-streams.js'
import { carries, goodputOf, JUDGE_SEEDS, SEARCH_SEEDS, type ServedDemand } from './plan-goodput.js'
import { type Remedy, remedies } from './remedies.js'
import { judgedPlan, searchPlan } from './search.js'
import type { SizeThreads } from './size-task.js'

/** The plan for a demand, and its predicted performance. */
export interface Sizing {
  readonly plan: ServingPlan
  /** Largest multiple of the demand at which every model attains its quantile. */
  readonly goodput: number
  /** The same on a host that holds some launches up, as `BUSY_HOST` says. */
  readonly busyHostGoodput: number
  /** Goodput of plain streams: one process, one instance of each model, no shares. */
  readonly plainStreamsGoodput: number
  /** The model that misses first when the load grows past the goodput. */
  readonly firstToMiss: string
  /** Models whose target is shorter than their latency alone. If there are any, no plan is searched for. */
  readonly unreachable: readonly string[]
  /** Whether the search left plans out because it may simulate no more states, so that a better one may be near. */
  readonly cutShort: boolean
  /** What every model gets at exactly the demand, and at twice the demand. */
  readonly models: readonly SizedModel[]
  readonly doubled: readonly SizedModel[]
  /** What the plan gives from a quarter of its goodput to twice its goodput, in the request-level simulator. */
  readonly curve: readonly LoadPoint[]
  /**
   * How many GPUs the demand needs, each with this plan and an equal part of the requests; null if
   * no number carries it.
   */
  readonly gpus: number | null
  /** Changes that would help if the demand does not fit, the best first; empty if it fits. */
  readonly remedies: readonly Remedy[]
  /** What the kernel-level simulator predicts for the plan, at the load used to compare the finalists. */
  readonly check: CheckedPlan['check']
  /** What the request-level simulator predicts at that load. */
  readonly requestLevel: readonly SizedModel[]
}

export interface SizeSettings {
  readonly seed: number
  /**
   * How many sets of running launches may be simulated, which is most of the cost of the search. If
   * absent, {@link STATES_PER_MODEL} for each model, but at least {@link LEAST_STATES}, or {@link
   * LEAST_STATES_OF_FEW} for few models.
   */
  readonly mostStates?: number | undefined
  /** Threads that simulate. If absent, one for each core of the machine. */
  readonly threads?: number
  readonly onProgress?: (text: string) => void
}

/** Enough states for each model of a demand: plans hardly improve with more. */
export const STATES_PER_MODEL = 48
/** With fewer than six models each gets more states, which leaves room for shares that are far from each other. */
export const LEAST_STATES = 288
/** Up to this many models, sets of launches take little time to simulate. */
export const FEW_MODELS = 3
export const LEAST_STATES_OF_FEW = 384

/**
 * The plan that carries the largest multiple of a demand within its targets. Deterministic for a
 * seed. Short kernel-level runs tell how launches slow each other down. The request-level simulator
 * searches with that, and the kernel-level one decides between the best plans found. The goodput of
 * a plan is judged with arrivals that the search has not seen.
 * @throws InputError for a demand with no models
 */
export async function sizeDemand(demand: Demand, settings: SizeSettings): Promise<Sizing> {
  checkDemand(demand)
  const { seed, threads, onProgress } = settings
  const mostStates = statesFor(demand, settings)
  const module = new URL('./size-thread.js', import.meta.url)
  const pool = openTaskThreads(module, demand, threads) as SizeThreads
  try {
    const colocations = new Colocations((mechanism, states) =>
      pool.run(states.map((launches) => ({ kind: 'state', mechanism, launches }) as const)),
    )
    const { plans, cutShort } = await searchPlan(demand, colocations, {
      seed: SEARCH_SEEDS + seed,
      mostStates,
      onBetter: ({ goodput }, used) =>
        onProgress?.(`${used} of ${mostStates} states, best so far ${goodput.toFixed(2)} times`),
    })
    onProgress?.('checking the best plans kernel by kernel')
    const unseen = JUDGE_SEEDS + seed
    const judged = await judge(plans, demand, async (sized, least) => {
      const served = await judgedPlan(demand, sized.choice, colocations)
      if (least > 0 && !carries(served, least, unseen)) return undefined
      return goodputOf(served, unseen, Math.max(least, sized.goodput) || 1)
    })
    const likely = worthChecking(judged, demand)
    const best = await checkFinalists(likely, unseen, (tasks) => pool.run(tasks))
    onProgress?.('looking at other loads')
    return await sizingOf(
      await judgedPlan(demand, best.choice, colocations),
      best,
      colocations,
      unseen,
      cutShort,
    )
  } finally {
    await pool.close()
  }
}

/** How many states may be simulated. If no plan can meet some target, no more than the first plans need. */
export function statesFor(demand: Demand, { mostStates }: SizeSettings): number {
  if (unreachableTargets(demand).length > 0) return 0
  const count = demand.models.length
  const least = count <= FEW_MODELS ? LEAST_STATES_OF_FEW : LEAST_STATES
  return mostStates ?? Math.max(least, STATES_PER_MODEL * count)
}

async function sizingOf(
  served: ServedDemand,
  best: CheckedPlan,
  colocations: Colocations,
  seed: number,
  cutShort: boolean,
): Promise<Sizing> {
  const { demand } = served
  const { plan: bare, goodput, check } = best
  const busyHostGoodput = goodputOf({ ...served, isHostBusy: true }, seed, goodput || 1)
  const ofPlainStreams = await plainStreamsGoodput(demand, colocations, seed, goodput || 1)
  const predicted = { goodput, busyHostGoodput, plainStreamsGoodput: ofPlainStreams, check }
  const plan = { ...bare, evidence: { ...bare.evidence, predicted } }
  const curve = loadCurve(served, goodput, seed)
  const unreachable = unreachableTargets(demand)
  const first = firstToMiss(plan, curve.find(({ load }) => load > goodput)!)
  return {
    plan,
    goodput,
    busyHostGoodput,
    plainStreamsGoodput: ofPlainStreams,
    firstToMiss: plan.models[first].name,
    unreachable,
    cutShort: cutShort && unreachable.length === 0,
    models: loadPoint(served, 1, seed).models,
    doubled: loadPoint(served, 2, seed).models,
    curve,
    gpus: equalGpus(goodput),
    remedies: goodput < 1 ? await remedies(demand, best, first, colocations, seed) : [],
    check,
    requestLevel: loadPoint(served, check.load, seed).models,
  }
}

/**
 * How many equal GPUs a demand needs if each has the same plan and an equal part of the requests.
 * @param goodput multiple of the demand that one of them carries
 * @returns null if the plan carries nothing, since then no number of GPUs is enough
 */
export function equalGpus(goodput: number): number | null {
  return goodput > 0 ? Math.ceil(1 / goodput) : null
}

/** The model that is furthest below its quantile at a load, as an index. */
function firstToMiss(plan: ServingPlan, { models }: LoadPoint): number {
  const margins = models.map(({ attainment }, m) => attainment / plan.models[m].quantile)
  return Math.max(0, margins.indexOf(leastKnown(margins)))
}
