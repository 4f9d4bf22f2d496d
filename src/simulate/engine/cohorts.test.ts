import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../../device/catalog/h200.js'
import { totalCus } from '../../device/device.js'
import { Cohorts } from './cohorts.js'

const CELLS = 3
const MOST = totalCus(h200) * h200.cu.blocks

const action = fc.oneof(
  fc.record({
    lane: fc.nat(2),
    placed: fc.array(fc.nat(2), { minLength: CELLS, maxLength: CELLS }),
  }),
  fc.record({ end: fc.nat(9) }),
)

test('a cohort keeps its cells until it ends, and then its number can be used again', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const cohorts = new Cohorts(h200, CELLS, 3)
      const running = new Map<number, { lane: number; cells: [number, number][] }>()
      const newest = [-1, -1, -1]
      actions.forEach((one, step) => {
        if ('end' in one) {
          const ended = [...running.keys()][one.end]
          if (ended === undefined) return
          cohorts.end(ended)
          if (newest[running.get(ended)!.lane] === ended) newest[running.get(ended)!.lane] = -1
          running.delete(ended)
        } else {
          const { lane, placed } = one
          const number = cohorts.begin(lane, step)
          assert.ok(number >= 0 && number < MOST && !running.has(number))
          // Cells that are placed twice are added twice, so a cohort has room for both.
          const count = Int16Array.from(placed)
          const blocks = { cell: Int16Array.of(5, 6, 7), count, from: 0, size: CELLS }
          for (let i = 0; i < 2; i++) cohorts.add(number, blocks)
          const held = placed.flatMap((count, i): [number, number][] =>
            count > 0 ? [[5 + i, count]] : [],
          )
          running.set(number, { lane, cells: [...held, ...held] })
          newest[lane] = number
          assert.equal(cohorts.endUs[number], step)
        }
        for (const [number, { lane, cells }] of running) {
          const from = number * cohorts.capacity
          const kept = Array.from({ length: cohorts.size[number] }, (_, i) => [
            cohorts.cell[from + i],
            cohorts.count[from + i],
          ])
          assert.deepEqual(kept, cells)
          assert.equal(cohorts.lane[number], lane)
        }
        assert.deepEqual([...cohorts.newest], newest)
      })
    }),
    { numRuns: 30 },
  )
})

test('there is a cohort for every block that the device can hold', () => {
  const cohorts = new Cohorts(h200, CELLS, 1)
  const numbers = new Set(Array.from({ length: MOST }, () => cohorts.begin(0, 0)))
  assert.equal(numbers.size, MOST)
  for (const ended of [7, MOST - 1]) {
    cohorts.end(ended)
    assert.equal(cohorts.begin(0, 0), ended)
  }
})
