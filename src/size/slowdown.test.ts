import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Slowdown } from './slowdown.js'
import { batchedStateDesign, stateDesign } from './state-design.js'

const weight = fc.double({ min: 0, max: 0.6, noNaN: true })

test('a slowdown of the assumed shape is found again, even in states that were not simulated', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 2, maxLength: 6 }), weight, (weights, crowding) => {
      const timeUs = (others: readonly number[]): number =>
        1000 *
        Math.exp(others.reduce((sum, count, i) => sum + count * weights[i], 0)) *
        (1 + others.reduce((sum, count) => sum + count, 0)) ** crowding
      const observations = stateDesign(weights.length, 3)
        .filter(([first]) => first > 0)
        .map(([first, ...rest]) => [first - 1, ...rest])
        .map((others) => ({ others, timeUs: timeUs(others) }))
      const slowdown = new Slowdown(observations)
      for (const others of [
        weights.map(() => 1),
        weights.map((_, i) => (i === 1 ? 2 : 0)),
        weights.map(() => 0),
      ]) {
        const ratio = slowdown.timeUs(others) / timeUs(others)
        assert.ok(Math.abs(ratio - 1) < 0.02, `${ratio}`)
      }
    }),
    { numRuns: 50 },
  )
})

test('what too few cases do not tell is taken for small, and the time alone for known', () => {
  const close = (found: number, expected: number): void =>
    assert.ok(Math.abs(found / expected - 1) < 1e-9, `${found} against ${expected}`)
  close(new Slowdown([{ others: [1], timeUs: 500 }]).timeUs([4]), 500)
  // Alone it takes 1 ms and beside one other e ms: the logarithms differ by 1. The least of
  // w0² + (w0 + s - 1)² + r (u² + v²) with s = u + v ln 2 is at s = 1 / (1 + 2r / (1 + ln² 2)).
  const slowdown = new Slowdown([
    { others: [0], timeUs: 1000 },
    { others: [1], timeUs: 1000 * Math.E },
  ])
  const s = 1 / (1 + 0.002 / (1 + Math.LN2 ** 2))
  close(slowdown.timeUs([1]) / slowdown.timeUs([0]), Math.exp(s))
  close(slowdown.timeUs([0]), 1000 * Math.exp((1 - s) / 2))
})

test('a design has each state once, every class alone and at its most beside all others, every pair, and nothing above the most', () => {
  for (const classes of [1, 2, 4, 5, 8]) {
    for (const most of [1, 2, 3]) {
      const design = stateDesign(classes, most)
      const keys = new Set(design.map((counts) => counts.join()))
      assert.equal(keys.size, design.length)
      assert.ok(design.every((counts) => counts.every((count) => count >= 0 && count <= most)))
      assert.ok(design.every((counts) => counts.some((count) => count > 0)))
      for (let one = 0; one < classes; one++) {
        const beside = (others: number, own: number): string =>
          new Array<number>(classes).fill(others).with(one, own).join()
        assert.ok(keys.has(beside(0, 1)))
        assert.ok(keys.has(beside(0, most)))
        assert.ok(keys.has(beside(1, most)))
        for (let other = 0; other < one; other++) {
          const pair = new Array<number>(classes).fill(0).with(one, 1).with(other, 1)
          assert.ok(keys.has(pair.join()))
        }
      }
    }
  }
})

test('the design of two classes by hand, and of many classes with fewer of each together', () => {
  assert.deepEqual(
    stateDesign(2, 3).map((counts) => counts.join('')),
    ['10', '01', '11', '30', '03', '22', '33', '31', '13', '02', '20'],
  )
  const together = (classes: number, most: number): number =>
    Math.max(...stateDesign(classes, most).map((counts) => Math.min(...counts)))
  assert.deepEqual([together(4, 4), together(5, 4), together(8, 4)], [4, 3, 2])
  assert.deepEqual(
    batchedStateDesign(
      [
        [0, 1],
        [2, 2],
      ],
      1,
    ).map((counts) => counts.join('')),
    ['100', '001', '101', '010', '111', '011'],
  )
})

test('a design for batches contains that of the smallest sizes, and each largest size in some company', () => {
  const models = [
    [0, 1],
    [2, 2],
    [3, 4],
  ] as const
  const design = batchedStateDesign(models, 3)
  const keys = new Set(design.map((counts) => counts.join()))
  assert.equal(keys.size, design.length)
  for (const [a, b, c] of stateDesign(3, 3)) assert.ok(keys.has([a, 0, b, c, 0].join()))
  for (const state of ['0,1,0,0,0', '0,3,0,0,0', '0,0,0,0,3', '1,0,1,1,1', '2,1,2,2,0']) {
    assert.ok(keys.has(state), state)
  }
  assert.ok(keys.has('0,1,1,0,1'))
  const larger = design.map((counts) => [counts[1], counts[4]].join())
  assert.deepEqual(new Set(larger), new Set(['0,0', '0,1', '1,0', '0,3', '3,0', '1,1']))
})

test('a design without batches is that of its models', () => {
  const models = [0, 1, 2].map((one) => [one, one] as const)
  assert.deepEqual(batchedStateDesign(models, 2), stateDesign(3, 2))
})
