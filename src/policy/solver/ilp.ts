import type { ModelData } from 'highs'
import { WorkError } from '../../errors.js'
import { loadHighs } from '../../highs.js'

/** A tenth of the difference that is allowed between the two solvers. */
const RELATIVE_GAP = 1e-7

/** A solve that takes longer is given up. On an idle core, every shipped profile takes less. */
const TIME_LIMIT_S = 300

/** What HiGHS proved about one worker's assignment. */
export interface IlpSolution {
  readonly objective: number
  readonly bound: number
  /** Stream of each kernel. */
  readonly streams: Uint8Array
}

/**
 * ECLIP's integer program for one worker and a fixed slowdown (section 4.2), solved by HiGHS: minimise
 * sum of price[k][c] * x[k][c], with one stream per kernel and sum |x[k][c] - x[k-1][c]| / 2 <= budget.
 * The absolute value becomes y[k][c] >= x[k][c] - x[k-1][c], y >= 0: over the streams of one kernel the
 * rises equal the falls, so sum y is the switch count. The switches so far, n[k] = n[k-1] + sum y[k],
 * are integers too: branching on one of them splits the chain, whereas branching on a y rules out one
 * place out of a thousand. This solver is far slower than `SwitchDp` and independent of it, and so
 * serves as its proof. Presolve is off: with it HiGHS finds no solution for a budget of 0 within a
 * minute, and takes four times as long for other budgets.
 * @param prices at [kernel * streams + stream]
 * @throws WorkError if HiGHS does not prove an optimum
 */
export async function solveIlp(
  prices: Float64Array,
  streams: number,
  budget: number,
): Promise<IlpSolution> {
  const highs = await loadHighs()
  const model = highs.createModel(ilpOf(prices, streams, budget, highs.infinity))
  try {
    model.options.set({
      output_flag: false,
      mip_rel_gap: RELATIVE_GAP,
      presolve: 'off',
      time_limit: TIME_LIMIT_S,
      random_seed: 1,
    })
    model.run()
    if (model.getModelStatus() !== highs.constants.modelStatus.optimal) {
      throw new WorkError(`HiGHS ended with status ${model.getModelStatus()}, not optimal`)
    }
    const { colValue } = model.getSolution()
    const kernels = prices.length / streams
    const path = Uint8Array.from({ length: kernels }, (_, k) => {
      let chosen = 0
      for (let s = 1; s < streams; s++) {
        if (colValue[k * streams + s] > colValue[k * streams + chosen]) chosen = s
      }
      return chosen
    })
    const bound = Number(model.info.get('mip_dual_bound'))
    return { objective: model.getObjectiveValue(), bound, streams: path }
  } finally {
    model.dispose()
  }
}

/** One row of the program: low <= sum of values * columns <= high. */
interface Row {
  readonly low: number
  readonly high: number
  readonly columns: readonly number[]
  readonly values: readonly number[]
}

/** Columns: x[k][s] at k * streams + s, then y in the same order from kernel 1 on, then n[k] from kernel 1 on. */
function ilpOf(prices: Float64Array, streams: number, budget: number, infinity: number): ModelData {
  const firstY = prices.length
  const firstN = firstY + prices.length - streams
  const kernels = prices.length / streams
  const numCols = firstN + kernels - 1
  const ofKernel = (first: number, k: number): number[] =>
    Array.from({ length: streams }, (_, s) => first + k * streams + s)
  const rows: Row[] = []
  for (let k = 0; k < kernels; k++) {
    const columns = ofKernel(0, k)
    rows.push({ low: 1, high: 1, columns, values: columns.map(() => 1) })
  }
  for (let y = 0; y < firstN - firstY; y++) {
    const columns = [y, y + streams, firstY + y]
    rows.push({ low: 0, high: infinity, columns, values: [1, -1, 1] })
  }
  for (let k = 1; k < kernels; k++) {
    const rises = ofKernel(firstY, k - 1)
    const before = k > 1 ? [firstN + k - 2] : []
    const parts = [...rises, ...before]
    const columns = [...parts, firstN + k - 1]
    rows.push({ low: 0, high: 0, columns, values: [...parts.map(() => 1), -1] })
  }
  const isN = (column: number): boolean => column >= firstN
  return {
    numCols,
    numRows: rows.length,
    colCost: Float64Array.from({ length: numCols }, (_, c) => prices[c] ?? 0),
    colLower: new Float64Array(numCols),
    colUpper: Float64Array.from({ length: numCols }, (_, c) => (isN(c) ? budget : 1)),
    integrality: new Int32Array(numCols).fill(1),
    rowLower: Float64Array.from(rows, (row) => row.low),
    rowUpper: Float64Array.from(rows, (row) => row.high),
    matrix: compressed(rows, numCols),
  }
}

/** Rows as one sparse matrix. */
function compressed(rows: readonly Row[], numCols: number): ModelData['matrix'] {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach((row, r) => {
    starts[r + 1] = starts[r] + row.columns.length
  })
  return {
    format: 'csr',
    numRows: rows.length,
    numCols,
    starts,
    indices: Int32Array.from(rows.flatMap((row) => row.columns)),
    values: Float64Array.from(rows.flatMap((row) => row.values)),
  }
}
