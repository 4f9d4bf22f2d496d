import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { leastSquares, leastSquaresAbove0 } from './least-squares.js'

const value = fc.double({ min: -5, max: 5, noNaN: true })
const problem = fc.record({
  rows: fc.array(fc.tuple(value, value, value), { minLength: 3, maxLength: 6 }),
  targets: fc.array(value, { minLength: 6, maxLength: 6 }),
  moves: fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 20 }),
})

function misfit(rows: readonly (readonly number[])[], target: readonly number[], x: number[]) {
  return rows.reduce((total, row, r) => {
    const error = row.reduce((sum, factor, i) => sum + factor * x[i], -target[r])
    return total + error * error
  }, 0)
}

test('what rows were made from is found again', () => {
  const rows = [
    [1, 2],
    [3, -1],
    [0.5, 4],
  ]
  const [a, b] = leastSquares(
    rows,
    rows.map(([p, q]) => 2 * p - 3 * q),
  )
  assert.ok(Math.abs(a - 2) < 1e-9 && Math.abs(b + 3) < 1e-9, `${a}, ${b}`)
})

test('a ridge draws its unknown towards 0', () => {
  assert.deepEqual(leastSquares([[1], [1]], [3, 3]), [3])
  assert.deepEqual(leastSquares([[1], [1]], [3, 3], [1]), [2])
})

test('nothing that is at least 0 fits better', () => {
  fc.assert(
    fc.property(problem, ({ rows, targets, moves }) => {
      const target = targets.slice(0, rows.length)
      const best = leastSquaresAbove0(rows, target)
      assert.ok(best.every((x) => x >= 0))
      const least = misfit(rows, target, best)
      for (const move of moves) {
        const near = best.map((x, i) => Math.max(0, x + move[i] / 10))
        assert.ok(least <= misfit(rows, target, near) * (1 + 1e-6) + 1e-6)
      }
    }),
  )
})

test('an unknown that would be below 0 is 0, and the others are fitted without it', () => {
  const rows = [
    [1, 1],
    [0, 1],
  ]
  assert.deepEqual(leastSquaresAbove0(rows, [0, 2]), [0, 1])
  assert.deepEqual(leastSquaresAbove0(rows, [-1, -1]), [0, 0])
})
