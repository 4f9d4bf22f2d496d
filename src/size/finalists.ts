import { leastKnown } from '../numbers.js'
import type { Demand } from '../workload/demand.js'
import { isEven } from './candidates.js'
import { byGoodput, type Sized } from './search.js'
import type { KernelLevel } from './serve-kernels.js'
import type { ServeTask } from './size-task.js'

/** What the kernel-level simulator predicts for a plan at a load. */
export interface KernelCheck extends KernelLevel {
  readonly load: number
}

/** A plan found by the search, with its kernel-level check. */
export interface CheckedPlan extends Sized {
  readonly check: KernelCheck
}

/** How many plans are simulated kernel by kernel. */
const FINALISTS = 3
/**
 * Goodputs whose ratio is below this factor count as equal. Plans with a separate share for each
 * model were simulated this much too high, relative to what they carried, compared with plans that
 * treat all models alike (bench/served.mjs capacity, windows of 16 s).
 */
const ERROR = 1.04
/** With this few requests, attainments differ by this much by chance. */
const CHANCE = 0.01

/**
 * The goodputs, under arrivals that the search has not seen, of the best plans overall and of the
 * best that treat all models alike. Plans that carry too little under these arrivals to be chosen
 * are left out.
 * @param found the plans of the search, the best first
 * @param goodputUnseen goodput of a plan under such arrivals, or undefined if it is below `least`
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
 * The few plans worth choosing between, the best first: those that match the best within the error
 * of the simulator. If any of them treat all models alike, only those are kept.
 * @param found the best first
 */
export function worthChecking(found: readonly Sized[], demand: Demand): readonly Sized[] {
  const likely = found.filter(({ goodput }) => goodput * ERROR >= found[0].goodput)
  const even = likely.filter(({ choice }) => isEven(choice, demand))
  return (even.length > 0 ? even : likely).slice(0, FINALISTS)
}

/**
 * Decides between the best plans of a search kernel by kernel, all under the load that the first of
 * them carries. The winner is the plan whose worst model attains most, relative to its quantile.
 * The first plan stays unless another one attains more than chance explains.
 * @param finalists the best first
 */
export async function checkFinalists(
  finalists: readonly Sized[],
  seed: number,
  serve: (tasks: readonly ServeTask[]) => Promise<readonly KernelLevel[]>,
): Promise<CheckedPlan> {
  const load = Math.max(finalists[0].goodput, LEAST_LOAD)
  const served = await serve(finalists.map(({ plan }) => ({ kind: 'serve', plan, load, seed })))
  const checked = finalists.map(
    (sized, i): CheckedPlan => ({ ...sized, check: { load, ...served[i] } }),
  )
  return checked.reduce((best, next) => (margin(next) > margin(best) + CHANCE ? next : best))
}

/** If no plan carries a demand, it is checked under this multiple of it. */
const LEAST_LOAD = 0.01

/** Whether, kernel by kernel, some model answers fewer requests in time than asked, by more than chance explains. */
export function fallsShort(checked: Pick<CheckedPlan, 'plan' | 'check'>): boolean {
  return margin(checked) < -CHANCE
}

/** How far the attainment of the worst model lies above its quantile. */
function margin({ plan, check }: Pick<CheckedPlan, 'plan' | 'check'>): number {
  return leastKnown(check.attainment.map((attained, m) => attained - plan.models[m].quantile))
}
