/**
 * The values x ≥ 0 that minimise |rows·x − target|², for a few unknowns: every choice of unknowns that are
 * not 0 is solved by the normal equations, and the best that comes out above 0 is taken.
 * @param rows as many numbers in each as there are unknowns
 */
export function leastSquaresAbove0(
  rows: readonly (readonly number[])[],
  target: readonly number[],
): number[] {
  const unknowns = rows[0].length
  let best = Array<number>(unknowns).fill(0)
  let least = misfit(rows, target, best)
  for (let chosen = 1; chosen < 1 << unknowns; chosen++) {
    const columns = best.map((_, i) => i).filter((i) => (chosen >> i) & 1)
    const part = rows.map((row) => columns.map((i) => row[i]))
    const values = leastSquares(part, target)
    if (!values.every((value) => value >= 0)) continue
    const x = best.map((_, i) => values[columns.indexOf(i)] ?? 0)
    const error = misfit(rows, target, x)
    if (error < least) [best, least] = [x, error]
  }
  return best
}

function misfit(
  rows: readonly (readonly number[])[],
  target: readonly number[],
  x: readonly number[],
): number {
  return rows.reduce((total, row, r) => {
    const error = row.reduce((value, factor, i) => value + factor * x[i], -target[r])
    return total + error * error
  }, 0)
}

/**
 * The values x that minimise |rows·x − target|², by elimination in the normal equations. Not a number
 * where the columns do not tell the unknowns apart.
 * @param ridge added to the square of each unknown, to keep the fit of few rows from running away
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  target: readonly number[],
  ridge: readonly number[] = [],
): number[] {
  const size = rows[0].length
  const matrix = Array.from({ length: size }, (_, i) => {
    const products = Array.from({ length: size }, (_, j) =>
      rows.reduce((total, row) => total + row[i] * row[j], i === j ? (ridge[i] ?? 0) : 0),
    )
    return [...products, rows.reduce((total, row, r) => total + row[i] * target[r], 0)]
  })
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue
      const factor = matrix[row][pivot] / matrix[pivot][pivot]
      for (let j = pivot; j <= size; j++) matrix[row][j] -= factor * matrix[pivot][j]
    }
  }
  return matrix.map((row, i) => row[size] / row[i])
}
