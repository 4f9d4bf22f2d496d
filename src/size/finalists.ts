import { leastKnown } from '../numbers.js'
import type { Demand } from '../workload/demand.js'
import { isEven } from './candidates.js'
import { byGoodput, type Sized } from './search.js'
import type { KernelLevel } from './serve-kernels.js'
import type { SizeTask, SizeTaskResult } from './size-task.js'

/** What the kernel-level simulator says of a plan at a load. */
export interface KernelCheck extends KernelLevel {
  readonly load: number
}

/** A plan that was found, and checked kernel by kernel. */
export interface CheckedPlan extends Sized {
  readonly check: KernelCheck
}

/** Plans that are simulated kernel by kernel. */
const FINALISTS = 3
/**
 * Simulated goodputs that differ by less than this factor are taken for equal: plans with a share for each model were
 * simulated so much higher, beside what they carried, than those that treat all models alike
 * (bench/served.mjs capacity, windows of 16 s).
 */
const ERROR = 1.04
/** Attainments of so few requests differ by this much by chance. */
const CHANCE = 0.01

/**
 * What the best plans of a search carry under arrivals that it has not seen, and the best of those that treat all models
 * alike. Plans are left out that carry too little there to be chosen.
 * @param found the best first
 * @param goodputUnseen what a plan carries under such arrivals, or undefined if that is less than so much
 * @returns the best first
 */
export async function judge(
  found: readonly Sized[],
  demand: Demand,
  goodputUnseen: (sized: Sized, least: number) => Promise<number | undefined>,
): Promise<Sized[]> {
  const even = found.filter(({ choice }) => isEven(choice, demand))
  const judged: Sized[] = []
  for (const sized of new Set([...found.slice(0, FINALISTS), ...even.slice(0, FINALISTS)])) {
    const most = Math.max(0, ...judged.map(({ goodput }) => goodput))
    const goodput = await goodputUnseen(sized, most / ERROR)
    if (goodput !== undefined) judged.push({ ...sized, goodput })
  }
  return byGoodput(judged)
}

/**
 * The few plans that are worth choosing between, the best first: those that carry as much as the best
 * within the error of the simulator, and of these the ones that treat all models alike if there are any.
 * @param found the best first
 */
export function worthChecking(found: readonly Sized[], demand: Demand): readonly Sized[] {
  const likely = found.filter(({ goodput }) => goodput * ERROR >= found[0].goodput)
  const even = likely.filter(({ choice }) => isEven(choice, demand))
  return (even.length > 0 ? even : likely).slice(0, FINALISTS)
}

/**
 * Decides between the best plans of a search kernel by kernel, all under the load that the first of
 * them carries: the one whose worst model attains most, measured by its quantile. The first stays
 * unless another attains more than chance explains.
 * @param finalists the best first
 */
export async function checkFinalists(
  finalists: readonly Sized[],
  seed: number,
  run: (tasks: readonly SizeTask[]) => Promise<readonly SizeTaskResult[]>,
): Promise<CheckedPlan> {
  const load = Math.max(finalists[0].goodput, LEAST_LOAD)
  const results = await run(finalists.map(({ plan }) => ({ kind: 'serve', plan, load, seed })))
  const checked = finalists.map((sized, i): CheckedPlan => {
    const result = results[i]
    if (result.kind !== 'serve') throw new Error('a state where a plan was asked for')
    return { ...sized, check: { load, ...result.served } }
  })
  return checked.reduce((best, next) => (margin(next) > margin(best) + CHANCE ? next : best))
}

/** A demand that nothing carries is looked at under this multiple of it. */
const LEAST_LOAD = 0.01

/** Whether some model has less in time, kernel by kernel, than was asked of it, by more than chance explains. */
export function fallsShort(checked: Pick<CheckedPlan, 'plan' | 'check'>): boolean {
  return margin(checked) < -CHANCE
}

/** How far the worst model is above its quantile. */
function margin({ plan, check }: Pick<CheckedPlan, 'plan' | 'check'>): number {
  return leastKnown(check.attainment.map((attained, m) => attained - plan.models[m].quantile))
}
