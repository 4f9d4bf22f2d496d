import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { mi50 } from '../../device/catalog/mi50.js'
import { contentionOf, contentionUnder, crowding, memoryStretch, seenLoad } from './contention.js'

const contention = {
  ...{ knee: 0.5, memory: 0.25, memoryFloor: 0.5, loadTraffic: 1 },
  ...{ foreignLoad: 0.8, coldStartUs: 2, processColdStartUs: 3, toldForeignLoad: 1 },
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} against ${expected}`)
}

test("a device's own parameters come first, and typical ones fill the gaps", () => {
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

test("memory: slower by others' traffic, and more so for kernels that are bound by memory", () => {
  assert.equal(memoryStretch(contention, 0.7, 0), 1)
  close(memoryStretch(contention, 0, 0.4), 1 + 0.25 * 0.4 * 0.5)
  close(memoryStretch(contention, 0.7, 0.4), 1 + 0.25 * 0.4 * 1.2)
})

test('a block meets blocks of its own kernel once they outnumber the units', () => {
  close(seenLoad(contention, 10, 5, 0.3, 0, 0), 0.3)
  close(seenLoad(contention, 10, 25, 0.3, 0, 0), 0.75)
})

/** The blocks of others that one of `own` blocks meets on its unit, on average. */
function met(units: number, own: number, others: number): number {
  return seenLoad({ ...contention, foreignLoad: 1 }, units, own, 0, others, others)
}

test("only blocks that found no empty unit meet others' load, which is then the mean of all units", () => {
  // 6 own blocks and 4 others fit on 10 units.
  close(seenLoad(contention, 10, 6, 0.3, 4, 2), 0.3)
  // 3 of 6 find one of 7 others there or on the units that the first 3 took: a load of 2 on 10 units.
  close(seenLoad(contention, 10, 6, 0.3, 7, 2), 0.3 + (0.8 * 0.5 * 2) / 10)
  // Others are everywhere.
  close(seenLoad(contention, 10, 6, 0.3, 40, 20), 0.3 + (0.8 * 20) / 10)
})

test('blocks meet as they do when each goes to a unit that holds the fewest', () => {
  const units = 12
  for (let others = 0; others <= units; others++) {
    for (let rounds = 0; rounds < 4; rounds++) {
      const onUnit = Array.from({ length: units }, (_, unit) => Number(unit < others))
      const own = units - others + rounds * units
      if (own === 0) continue
      let meetings = 0
      for (let block = 0; block < own; block++) {
        const unit = onUnit.indexOf(Math.min(...onUnit))
        onUnit[unit]++
        if (unit < others) meetings++
      }
      close(own * met(units, own, others), meetings)
    }
  }
})

test('no block meets others if all have units of their own, and all meet them once they are everywhere', () => {
  for (let units = 1; units <= 12; units++) {
    for (let own = 1; own <= 30; own++) {
      for (let others = 1; others <= 30; others++) {
        const few = met(units, own, others)
        if (own + others <= units) assert.equal(few, 0)
        if (others >= units) close(few, others / units)
        assert.ok(few >= 0 && few <= others / units)
        assert.ok(few <= met(units, own, others + 1), 'more others are met more')
        assert.ok(few <= met(units, own + 1, others) + 1e-12, 'more own blocks meet more')
        // Every meeting has two sides.
        if (Math.min(own, others) >= units) close(own * few, others * met(units, others, own))
      }
    }
  }
})

test('processes have their own cold starts, and told processes under MPS their own foreign load', () => {
  const contention = { coldStartUs: 2, processColdStartUs: 3, foreignLoad: 0.8, toldForeignLoad: 1 }
  const device = { ...h200, contention }
  const cases = [
    ['pooled', true, 2, 0.8],
    ['hardware', false, 2, 0.8],
    ['mig', true, 3, 0.8],
    ['mps', false, 3, 0.8],
    ['mps', true, 3, 1],
  ] as const
  for (const [mechanism, told, coldStartUs, foreignLoad] of cases) {
    const found = contentionUnder(device, { mechanism }, told)
    assert.deepEqual([found.coldStartUs, found.foreignLoad], [coldStartUs, foreignLoad], mechanism)
  }
})
