import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBfloat, fromHalf, toBfloat, toHalf } from './half-floats.js'

test('every half and every bfloat except NaN comes back unchanged', () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const half = fromHalf(bits)
    if (!Number.isNaN(half)) assert.equal(toHalf(half), bits)
    const bfloat = fromBfloat(bits)
    if (!Number.isNaN(bfloat)) assert.equal(toBfloat(bfloat), bits)
  }
  assert.ok(Number.isNaN(fromHalf(toHalf(Number.NaN))))
  assert.ok(Number.isNaN(fromBfloat(toBfloat(Number.NaN))))
})

test('values between two halves go to the nearer one, ties to the even one', () => {
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

test('values between two bfloats go to the nearer one, ties to the even one', () => {
  const cases: [number, number][] = [
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
    [3.4e38, Number.POSITIVE_INFINITY],
  ]
  for (const [value, rounded] of cases) assert.equal(fromBfloat(toBfloat(value)), rounded)
})

test('halfway between neighbours the even one is taken, and just off it the nearer one', () => {
  const formats = [
    { to: toHalf, from: fromHalf, infinity: 0x7c00 },
    { to: toBfloat, from: fromBfloat, infinity: 0x7f80 },
  ]
  for (const { to, from, infinity } of formats) {
    for (let below = 0; below + 1 < infinity; below++) {
      const middle = (from(below) + from(below + 1)) / 2
      const even = below + (below % 2)
      const [less, more] = [1 - 2 ** -50, 1 + 2 ** -50].map((factor) => middle * factor)
      for (const [value, rounded] of [
        [middle, even],
        [less, below],
        [more, below + 1],
      ]) {
        if (to(value) !== rounded) assert.fail(`${value} became ${to(value)}, not ${rounded}`)
        if (to(-value) !== (rounded | 0x8000)) assert.fail(`${-value} became ${to(-value)}`)
      }
    }
  }
})
