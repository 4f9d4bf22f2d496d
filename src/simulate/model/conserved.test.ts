import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mi50 } from '../../device/catalog/mi50.js'
import { conservedPlacement, isolatedPlacement } from './conserved.js'

/** How many granules of each of the four shader engines of 15 a placement has. */
function byEngine(placement: readonly number[]): number[] {
  return [0, 1, 2, 3].map((engine) => placement.filter((g) => Math.floor(g / 15) === engine).length)
}

const idle = new Array<number>(60).fill(0)

test('the fewest engines that hold the units, evenly filled', () => {
  assert.deepEqual(byEngine(conservedPlacement(mi50, idle, 15)), [15, 0, 0, 0])
  assert.deepEqual(byEngine(conservedPlacement(mi50, idle, 16)), [8, 8, 0, 0])
  assert.deepEqual(byEngine(conservedPlacement(mi50, idle, 44)), [15, 15, 14, 0])
  assert.deepEqual(byEngine(conservedPlacement(mi50, idle, 60)), [15, 15, 15, 15])
})

test('the least loaded engines, and in them the least loaded granules', () => {
  const holders = idle.map((_, g) => (g < 15 ? 2 : g < 30 && g % 2 === 0 ? 1 : 0))
  const placement = conservedPlacement(mi50, holders, 40)
  assert.deepEqual(byEngine(placement), [0, 13, 14, 13])
  const held = placement.filter((g) => holders[g] > 0)
  // Of the second engine's 15 the 8 odd ones are free.
  assert.equal(held.length, 13 - 8)
})

test('without overlap: the fewest engines with room, and no granule that anybody holds', () => {
  // The first engine has 5 free, the second 10, the others 15 each.
  const holders = idle.map((_, g) => (g < 10 || (g >= 15 && g < 20) ? 1 : 0))
  assert.deepEqual(byEngine(isolatedPlacement(mi50, holders, 15)), [0, 0, 15, 0])
  assert.deepEqual(byEngine(isolatedPlacement(mi50, holders, 32)), [0, 10, 11, 11])
  const all = isolatedPlacement(mi50, holders, 60)
  assert.deepEqual(byEngine(all), [5, 10, 15, 15])
  assert.ok(all.every((g) => holders[g] === 0))
})

test('without overlap and with nothing free, the granule that the fewest hold', () => {
  const holders = idle.map((_, g) => (g === 7 ? 1 : 2))
  assert.deepEqual(isolatedPlacement(mi50, holders, 30), [7])
})
