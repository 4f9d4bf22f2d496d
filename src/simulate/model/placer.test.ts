import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mi50 } from '../../device/catalog/mi50.js'
import type { Plan, PoolEntry } from '../../plan/plan.js'
import { Placer } from './placer.js'
import type { Program } from './program.js'
import type { Targets } from './targets.js'

const engine = (n: number): number[] => Array.from({ length: 15 }, (_, i) => 15 * n + i)

/** Two lanes whose rows run on the entries of a pool in turn, and where their kernels were placed. */
function placerOn(pool: readonly PoolEntry[]) {
  const placements: (readonly number[])[] = []
  const targets = {
    place(_lane: number, _cells: Int32Array, granules: readonly number[]) {
      placements.push(granules)
      return -1 - placements.length
    },
  } as unknown as Targets
  const program = {
    lanes: 2,
    cells: { cellOfGranule: new Int32Array(60) },
    partition: Int32Array.from(pool, (_, entry) => entry),
    target: Int32Array.from(pool, (_, entry) => 70 + entry),
    placedCus: Int32Array.from(pool, (entry) => ('cus' in entry ? entry.cus : 0)),
  } as unknown as Program
  const placer = new Placer(mi50, { pool } as Plan, program, targets)
  /** The engines on which the lane's kernel of a row is placed, or its target if it has a partition. */
  const place = (lane: number, row: number): number[] | number => {
    const before = placements.length
    const target = placer.place(lane, row)
    if (placements.length === before) return target
    assert.equal(target, -1 - placements.length)
    return [...new Set(placements[before].map((granule) => Math.floor(granule / 15)))]
  }
  return { placer, place }
}

test('if nothing is placed at dispatch, every kernel has the target of its partition', () => {
  const { place } = placerOn([
    { granules: engine(0), owner: null },
    { granules: engine(1), owner: null },
  ])
  assert.deepEqual([place(0, 0), place(1, 0), place(0, 1)], [70, 70, 71])
})

test('a kernel is placed where lanes hold least, and a lane holds the place of its last kernel', () => {
  const { placer, place } = placerOn([{ cus: 30 }, { granules: engine(0), owner: null }])
  assert.deepEqual(place(0, 0), [0, 1])
  assert.deepEqual(place(1, 0), [2, 3])
  // The lane's own last place is free for its next kernel, and is kept when a kernel has ended.
  assert.deepEqual(place(0, 0), [0, 1])
  placer.ended(0, 0)
  assert.deepEqual(place(1, 0), [2, 3])
  // A partition of the pool is held as well.
  assert.equal(place(1, 1), 71)
  assert.deepEqual(place(0, 0), [1, 2])
  assert.equal(place(0, 1), 71)
  assert.deepEqual(place(1, 0), [1, 2])
})

test('a kernel that is placed apart frees its place as soon as it has ended', () => {
  const { placer, place } = placerOn([{ cus: 45, overlap: 'none' }])
  assert.deepEqual(place(0, 0), [0, 1, 2])
  assert.deepEqual(place(1, 0), [3])
  placer.ended(0, 0)
  assert.deepEqual(place(1, 0), [0, 1, 2])
})
