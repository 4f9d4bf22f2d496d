import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { mi50 } from '../../device/catalog/mi50.js'
import { contentionOf, crowding, memoryStretch, seenLoad } from './contention.js'

const contention = {
  ...{ knee: 0.5, memory: 0.25, memoryFloor: 0.5, loadTraffic: 1 },
  ...{ foreignLoad: 0.8, coldStartUs: 2, processColdStartUs: 3, toldForeignLoad: 1 },
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} against ${expected}`)
}

test("a device's own parameters come first, typical ones fill the gaps", () => {
  assert.equal(contentionOf(h200).knee, h200.contention.knee)
  assert.equal(contentionOf(h200).processColdStartUs, h200.contention.processColdStartUs)
  const bare = contentionOf({ ...mi50, contention: { coldStartUs: 7 } })
  assert.deepEqual(bare, {
    ...{ knee: 0.6, memory: 0.2, memoryFloor: 0.4, loadTraffic: 1, foreignLoad: 1 },
    ...{ coldStartUs: 7, processColdStartUs: 7, toldForeignLoad: 1 },
  })
})

test('crowding is 1 when light, proportional to the load when heavy, root 2 at the knee', () => {
  assert.equal(crowding(contention, 0), 1)
  close(crowding(contention, 0.5), Math.SQRT2)
  assert.ok(Math.abs(crowding(contention, 50) / 100 - 1) < 1e-3)
})

test("memory: by others' traffic, more for kernels that memory binds", () => {
  assert.equal(memoryStretch(contention, 0.7, 0), 1)
  close(memoryStretch(contention, 0, 0.4), 1 + 0.25 * 0.4 * 0.5)
  close(memoryStretch(contention, 0.7, 0.4), 1 + 0.25 * 0.4 * 1.2)
})

test('a block sees its own kind once they outnumber the units', () => {
  close(seenLoad(contention, 10, 5, 0.3, 0, 0), 0.3)
  close(seenLoad(contention, 10, 25, 0.3, 0, 0), 0.75)
})

test("others' blocks are met as far as there are too few units for all", () => {
  // 6 own and 4 other blocks fit on 10 units.
  close(seenLoad(contention, 10, 6, 0.3, 4, 2), 0.3)
  // 3 of 6 meet one of 7 others, which have 2 / 7 of load each.
  close(seenLoad(contention, 10, 6, 0.3, 7, 2), 0.3 + (0.8 * 0.5 * 2) / 7)
  // All meet others, which are spread over 10 units.
  close(seenLoad(contention, 10, 6, 0.3, 40, 20), 0.3 + (0.8 * 20) / 10)
})
