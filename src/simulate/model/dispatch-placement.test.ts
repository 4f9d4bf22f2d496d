import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mi50 } from '../../device/catalog/mi50.js'
import { clusters, cusOf, totalCus } from '../../device/device.js'
import { conservedPlacement, isolatedPlacement } from './dispatch-placement.js'

/** How many granules of each of the four shader engines of 15 a placement has. */
function byEngine(placement: readonly number[]): number[] {
  return [0, 1, 2, 3].map((engine) => placement.filter((g) => Math.floor(g / 15) === engine).length)
}

const idle = new Array<number>(60).fill(0)

test('the fewest engines that hold the units, evenly filled', () => {
  assert.deepEqual(byEngine(conservedPlacement(mi50)(idle, 15)), [15, 0, 0, 0])
  assert.deepEqual(byEngine(conservedPlacement(mi50)(idle, 16)), [8, 8, 0, 0])
  assert.deepEqual(byEngine(conservedPlacement(mi50)(idle, 44)), [15, 15, 14, 0])
  assert.deepEqual(byEngine(conservedPlacement(mi50)(idle, 60)), [15, 15, 15, 15])
})

test('among idle engines the first is taken, however large the others are', () => {
  const small = { ...mi50, granules: mi50.granules.slice(5) }
  const placement = conservedPlacement(small)(idle.slice(5), 10)
  assert.deepEqual(placement, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('the least loaded engines, and in them the least loaded granules', () => {
  const holders = idle.map((_, g) => (g < 15 ? 2 : g < 30 && g % 2 === 0 ? 1 : 0))
  const placement = conservedPlacement(mi50)(holders, 40)
  assert.deepEqual(byEngine(placement), [0, 13, 14, 13])
  const held = placement.filter((g) => holders[g] > 0)
  // Of the 15 granules of the second engine, the 8 odd ones are free.
  assert.equal(held.length, 13 - 8)
})

test('without overlap: the fewest engines with room, and no granule that anybody holds', () => {
  // The first engine has 5 free granules, the second 10, the others 15 each.
  const holders = idle.map((_, g) => (g < 10 || (g >= 15 && g < 20) ? 1 : 0))
  assert.deepEqual(byEngine(isolatedPlacement(mi50)(holders, 15)), [0, 0, 15, 0])
  assert.deepEqual(byEngine(isolatedPlacement(mi50)(holders, 32)), [0, 10, 11, 11])
  const all = isolatedPlacement(mi50)(holders, 60)
  assert.deepEqual(byEngine(all), [5, 10, 15, 15])
  assert.ok(all.every((g) => holders[g] === 0))
})

test('without overlap and with nothing free, the granule that the fewest hold', () => {
  const holders = idle.map((_, g) => (g === 7 ? 1 : 2))
  assert.deepEqual(isolatedPlacement(mi50)(holders, 30), [7])
})

test('without overlap, a single granule is placed where most are free', () => {
  const holders = idle.map((_, g) => (g < 10 ? 1 : 0))
  assert.deepEqual(isolatedPlacement(mi50)(holders, 1), [15])
})

test('whoever holds what, a placement has its units, ascending, and no unnecessary granule', () => {
  const uneven = { ...mi50, granules: mi50.granules.filter((_, g) => g % 15 > 0 || g > 20) }
  fc.assert(
    fc.property(
      fc.constantFrom(mi50, uneven),
      fc.array(fc.nat(3), { minLength: 60, maxLength: 60 }),
      fc.integer({ min: 1, max: 60 }),
      (device, holders, cus) => {
        const free = device.granules.map((_, g) => g).filter((g) => holders[g] === 0)
        const cases = [
          { placed: conservedPlacement(device)(holders, cus), most: totalCus(device) },
          { placed: isolatedPlacement(device)(holders, cus), most: cusOf(device, free) },
        ]
        for (const { placed, most } of cases) {
          assert.deepEqual(
            placed,
            [...new Set(placed)].sort((a, b) => a - b),
          )
          if (most === 0) continue
          assert.equal(cusOf(device, placed), Math.min(cus, most))
        }
        // If clusters overlap, they are used evenly, each from the granules that the fewest hold.
        const [{ placed: conserved }] = cases
        const taken = clusters(device).map((own) => own.filter((g) => conserved.includes(g)))
        const counts = taken.map(({ length }) => length).filter((count) => count > 0)
        if (device === mi50) assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`)
        clusters(device).forEach((own, i) => {
          const left = own.filter((g) => !conserved.includes(g)).map((g) => holders[g])
          for (const granule of taken[i]) assert.ok(holders[granule] <= Math.min(...left, 99))
        })
      },
    ),
  )
})
