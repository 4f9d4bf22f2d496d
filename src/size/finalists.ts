import type { Sized } from './search.js'
import type { KernelLevel } from './serve-kernels.js'
import type { SizeResult, SizeTask } from './size-task.js'

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
 * Decides between the best plans of a search kernel by kernel, all under the load that the search
 * says the best of them carries: the one whose worst model attains most, measured by its quantile.
 * @param found the best first
 */
export async function checkFinalists(
  found: readonly Sized[],
  seed: number,
  run: (tasks: readonly SizeTask[]) => Promise<readonly SizeResult[]>,
): Promise<CheckedPlan> {
  const finalists = found.slice(0, FINALISTS)
  const load = Math.max(finalists[0].goodput, LEAST_LOAD)
  const results = await run(finalists.map(({ plan }) => ({ kind: 'serve', plan, load, seed })))
  const checked = finalists.map((sized, i): CheckedPlan => {
    const result = results[i]
    if (result.kind !== 'serve') throw new Error('a state where a plan was asked for')
    return { ...sized, check: { load, ...result.served } }
  })
  return checked.reduce((best, next) => (margin(next) > margin(best) ? next : best))
}

/** A demand that nothing carries is looked at under this multiple of it. */
const LEAST_LOAD = 0.01

/** How far the worst model is above its quantile. */
function margin({ plan, check }: CheckedPlan): number {
  return Math.min(...check.attainment.map((attained, m) => attained - plan.models[m].quantile))
}
