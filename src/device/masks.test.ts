import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sum } from '../numbers.js'
import { h200 } from './catalog/h200.js'
import { mi50 } from './catalog/mi50.js'
import { granuleBits, type MaskLayout, maskGranules, maskWords, splitGranules } from './masks.js'
import { MI50_MASK, MI100_MASK, MI300X_SPX_MASK } from './masks.test.fixture.js'
import { windowOf } from './partition.js'

const RDNA2: MaskLayout = { dies: 1, engineCus: [10, 10, 10, 10], cusPerUnit: 2 }

const hex = (words: Uint32Array) =>
  [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ')

const words = [
  // ECLIP's shader engine pool on the MI50: engine s has every fourth bit, starting at bit s.
  ['MI50, engine 0', MI50_MASK, windowOf(0, 15, 60), '11111111 01111111'],
  ['MI50, engine 3', MI50_MASK, windowOf(45, 15, 60), '88888888 08888888'],
  [
    'MI50, engines 0 and 2',
    MI50_MASK,
    [...windowOf(0, 15, 60), ...windowOf(30, 15, 60)],
    '55555555 05555555',
  ],
  ['MI50, all', MI50_MASK, windowOf(0, 60, 60), 'ffffffff 0fffffff'],
  ['MI50, one CU of engine 1', MI50_MASK, [15], '00000002 00000000'],
  ['MI50, second CU of engine 1', MI50_MASK, [16], '00000020 00000000'],
  ['MI100, engine 0', MI100_MASK, windowOf(0, 15, 120), '01010101 01010101 01010101 00010101'],
  ['MI100, engine 7', MI100_MASK, windowOf(105, 15, 120), '80808080 80808080 80808080 00808080'],
  ['MI100, all', MI100_MASK, windowOf(0, 120, 120), 'ffffffff ffffffff ffffffff 00ffffff'],
  // One CU of engine 0 on each of the eight XCDs, then its second CU, 32 bits further on.
  ['MI300X, first granule', MI300X_SPX_MASK, [0], `000000ff${' 00000000'.repeat(9)}`],
  ['MI300X, second granule', MI300X_SPX_MASK, [1], `00000000 000000ff${' 00000000'.repeat(8)}`],
  ['MI300X, engine 1', MI300X_SPX_MASK, windowOf(10, 10, 38), `${'0000ff00 '.repeat(9)}0000ff00`],
  ['MI300X, engine 3', MI300X_SPX_MASK, windowOf(29, 9, 38), `${'ff000000 '.repeat(9)}00000000`],
  ['MI300X, all', MI300X_SPX_MASK, windowOf(0, 38, 38), `${'ffffffff '.repeat(9)}0000ffff`],
  ['RDNA, first work-group processor of array 1', RDNA2, [5], '0000000c 00000000'],
] as const

for (const [name, layout, partition, expected] of words) {
  test(`mask words: ${name}`, () => {
    assert.equal(hex(maskWords(layout, partition)), expected)
  })
}

for (const [name, layout, cus] of [
  ['MI50', MI50_MASK, 60],
  ['MI100', MI100_MASK, 120],
  ['MI300X in SPX', MI300X_SPX_MASK, 304],
  ['RDNA', RDNA2, 40],
] as const) {
  test(`the granules of ${name} contain every bit once`, () => {
    const bits = granuleBits(layout).flat()
    assert.deepEqual(
      bits.toSorted((a, b) => a - b),
      Array.from({ length: cus }, (_, bit) => bit),
    )
    assert.equal(sum(maskGranules(layout).map((granule) => granule.cus)), cus)
    assert.equal(maskGranules(layout).length, granuleBits(layout).length)
  })
}

test('every granule of an MI300X has one CU on each XCD', () => {
  for (const bits of granuleBits(MI300X_SPX_MASK)) {
    assert.deepEqual(new Set(bits.map((bit) => bit % 8)).size, 8)
  }
})

test('the MI50 granules are those of the catalog', () => {
  assert.deepEqual(maskGranules(MI50_MASK), mi50.granules)
})

for (const [name, split, cus] of [
  ['H200 by 8 SMs', splitGranules(15, 8, 12), [...Array(15).fill(8), 12]],
  ['H200 by 2 SMs, nothing left', splitGranules(66, 2, 0), Array(66).fill(2)],
  ['one group', splitGranules(1, 16, 4), [16, 4]],
] as const) {
  test(`split granules: ${name}`, () => {
    assert.deepEqual(
      split.map((granule) => granule.cus),
      cus,
    )
  })
}

test('the H200 granules are those of the catalog', () => {
  const sizes = h200.granules.map(({ cus, cluster }) => ({ cus, cluster }))
  assert.deepEqual(splitGranules(15, 8, 12), sizes)
})

test('a mask has as many words of 32 bits as its bits need', () => {
  for (const [cus, wordCount] of [
    [32, 1],
    [33, 2],
    [64, 2],
    [65, 3],
    [66, 3],
  ]) {
    const layout: MaskLayout = { dies: 1, engineCus: [cus], cusPerUnit: 1 }
    assert.equal(maskWords(layout, []).length, wordCount)
    assert.equal(maskWords(layout, [cus - 1]).at(-1), 2 ** ((cus - 1) % 32))
  }
})
