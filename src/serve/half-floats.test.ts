import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBfloat, fromHalf, toBfloat, toHalf } from './half-floats.js'

test('every half and every bfloat but NaN comes back as it was', () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const half = fromHalf(bits)
    if (!Number.isNaN(half)) assert.equal(toHalf(half), bits)
    const bfloat = fromBfloat(bits)
    if (!Number.isNaN(bfloat)) assert.equal(toBfloat(bfloat), bits)
  }
  assert.ok(Number.isNaN(fromHalf(toHalf(Number.NaN))))
  assert.ok(Number.isNaN(fromBfloat(toBfloat(Number.NaN))))
})

test('values between two halves go to the nearer, ties to the even one', () => {
  const cases: [number, number][] = [
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [-(2 ** -24), -(2 ** -24)],
    [2 ** -14 - 2 ** -26, 2 ** -14],
    [65519, 65504],
    [65520, Number.POSITIVE_INFINITY],
  ]
  for (const [value, rounded] of cases) assert.equal(fromHalf(toHalf(value)), rounded)
})

test('values between two bfloats go to the nearer, ties to the even one', () => {
  const cases: [number, number][] = [
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
    [3.4e38, Number.POSITIVE_INFINITY],
  ]
  for (const [value, rounded] of cases) assert.equal(fromBfloat(toBfloat(value)), rounded)
})
