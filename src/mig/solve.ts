import { WorkError } from '../errors.js'
import { loadHighs } from '../highs.js'

/** The value of each variable at the optimum, by name. */
export interface Optimum {
  readonly objective: number
  readonly values: ReadonlyMap<string, number>
}

/**
 * Solves a problem in CPLEX LP format to optimality.
 * @throws WorkError when it has no optimum
 */
export async function solveLp(problem: string): Promise<Optimum> {
  const optimum = await solveLpIfFeasible(problem)
  if (optimum === undefined) throw new WorkError('the layout problem has no optimum (Infeasible)')
  return optimum
}

/**
 * The same for a problem that may have no solution at all, in which case the result is undefined.
 * @throws WorkError when it has solutions but no optimum
 */
export async function solveLpIfFeasible(problem: string): Promise<Optimum | undefined> {
  const highs = await loadHighs()
  const result = highs.solve(problem, { output_flag: false, mip_rel_gap: 0, random_seed: 1 })
  if (result.Status === 'Infeasible') return undefined
  if (result.Status !== 'Optimal') {
    throw new WorkError(`the layout problem has no optimum (${result.Status})`)
  }
  const values = new Map(
    Object.entries(result.Columns).map(([name, column]) => [
      name,
      'Primal' in column ? (column.Primal ?? 0) : 0,
    ]),
  )
  return { objective: result.ObjectiveValue, values }
}
