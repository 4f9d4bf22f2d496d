import assert from 'node:assert/strict'
import { test } from 'node:test'
import { studentWithin } from '../../student.test.fixture.js'
import { halfWidth95 } from './confidence.js'

test('the confidence interval is that of Student', () => {
  // Two values 1 apart: the standard deviation is 1/sqrt(2), the standard error 1/2, and t = 12.71.
  assert.ok(Math.abs(halfWidth95([1, 2]) - 6.355) < 1e-9)
  assert.ok(Number.isNaN(halfWidth95([1])))
  for (const n of [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 30, 100]) {
    const values = Array.from({ length: n }, (_, i) => i)
    const deviation = Math.sqrt((n * (n + 1)) / 12)
    const t = halfWidth95(values) / (deviation / Math.sqrt(n))
    assert.ok(Math.abs(studentWithin(t, n - 1) - 0.95) < 0.0002, `${n} values: ${t}`)
  }
})
