import type { Solution } from './solution.js'

/**
 * The solution with the smallest budget whose objective exceeds that of the whole budget by at most
 * `gap`, as a fraction of it, so that switches that gain next to nothing are not made. A solver that
 * stops at such a gap promises no more either. A larger budget never makes the objective worse, so the
 * smallest one is found by bisection.
 * @param solveAt the optimum under a budget
 */
export function fewestSwitches(
  solveAt: (budget: number) => Solution,
  budget: number,
  gap: number,
): Solution {
  const best = solveAt(budget)
  if (gap === 0) return best
  let found = best
  let [low, high] = [0, budget]
  while (low < high) {
    const middle = (low + high) >> 1
    const solution = solveAt(middle)
    if (solution.objective <= best.objective * (1 + gap)) {
      found = solution
      high = middle
    } else {
      low = middle + 1
    }
  }
  return { ...found, bound: best.bound }
}
