import type { ModelData } from 'highs'
import * as highsModule from 'highs'
import { WorkError } from '../../errors.js'

/** The package's types describe its CommonJS build; under ESM the default export is the loader. */
const loadHighs = highsModule.default as unknown as typeof highsModule.default.default

let loading: ReturnType<typeof loadHighs> | undefined

/** A tenth of the agreement that is asked of the two solvers. */
const RELATIVE_GAP = 1e-7

/** What HiGHS proved about one worker's assignment. */
export interface IlpSolution {
  readonly objective: number
  readonly bound: number
  /** Stream of each kernel. */
  readonly streams: Uint8Array
}

/**
 * ECLIP's integer program for one worker and a fixed slowdown (section 4.2), solved by HiGHS:
 * minimise sum of price[k][c] * x[k][c], one stream per kernel, and
 * sum |x[k][c] - x[k-1][c]| / 2 <= budget. The absolute value becomes y[k][c] >= x[k][c] - x[k-1][c],
 * y >= 0: over the streams of one kernel the rises equal the falls, so sum y is the switch count.
 * Far slower than `SwitchDp` and independent of it: it serves as proof. Without presolve: with it
 * a budget of 0 finds no solution in a minute, and other budgets take four times as long.
 * @param prices at [kernel * streams + stream]
 * @throws WorkError if HiGHS does not prove an optimum
 */
export async function solveIlp(
  prices: Float64Array,
  streams: number,
  budget: number,
): Promise<IlpSolution> {
  loading ??= loadHighs()
  const highs = await loading
  const model = highs.createModel(ilpOf(prices, streams, budget, highs.infinity))
  try {
    model.options.set({
      output_flag: false,
      mip_rel_gap: RELATIVE_GAP,
      presolve: 'off',
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

/** Columns: x at [k * streams + s], then y at the same place for k from 1. Rows in CSR. */
function ilpOf(prices: Float64Array, streams: number, budget: number, infinity: number): ModelData {
  const xs = prices.length
  const ys = xs - streams
  const rows: { low: number; high: number; columns: number[]; values: number[] }[] = []
  for (let k = 0; k < xs; k += streams) {
    const columns = Array.from({ length: streams }, (_, s) => k + s)
    rows.push({ low: 1, high: 1, columns, values: columns.map(() => 1) })
  }
  for (let y = 0; y < ys; y++) {
    rows.push({ low: 0, high: infinity, columns: [y, y + streams, xs + y], values: [1, -1, 1] })
  }
  const rises = Array.from({ length: ys }, (_, y) => xs + y)
  rows.push({ low: 0, high: budget, columns: rises, values: rises.map(() => 1) })

  const starts = new Int32Array(rows.length + 1)
  rows.forEach((row, r) => {
    starts[r + 1] = starts[r] + row.columns.length
  })
  const isX = (column: number): boolean => column < xs
  const numCols = xs + ys
  return {
    numCols,
    numRows: rows.length,
    colCost: Float64Array.from({ length: numCols }, (_, c) => (isX(c) ? prices[c] : 0)),
    colLower: new Float64Array(numCols),
    colUpper: new Float64Array(numCols).fill(1),
    integrality: new Int32Array(numCols).fill(1),
    rowLower: Float64Array.from(rows, (row) => row.low),
    rowUpper: Float64Array.from(rows, (row) => row.high),
    matrix: {
      format: 'csr',
      numRows: rows.length,
      numCols,
      starts,
      indices: Int32Array.from(rows.flatMap((row) => row.columns)),
      values: Float64Array.from(rows.flatMap((row) => row.values)),
    },
  }
}
