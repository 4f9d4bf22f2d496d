import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mi50 as mi50Device } from '../../device/catalog/mi50.js'
import { MI50_MASK, MI100_MASK, MI300X_SPX_MASK } from '../../device/masks.test.fixture.js'
import { cuLimitsOf, gfxName, isAtBus, maskLayoutOf, parseKfdProperties } from './topology.js'

/** The lines of a properties file that matter here. */
function properties(values: Record<string, number>) {
  const lines = Object.entries(values).map(([name, value]) => `${name} ${value}`)
  return parseKfdProperties(`${lines.join('\n')}\n`)
}

const mi50 = properties({
  simd_count: 240,
  simd_per_cu: 4,
  array_count: 4,
  max_waves_per_simd: 10,
  wave_front_size: 64,
  lds_size_in_kb: 64,
  gfx_target_version: 90006,
  domain: 0,
  location_id: 0x8300,
})
const mi100 = properties({
  simd_count: 480,
  simd_per_cu: 4,
  array_count: 8,
  gfx_target_version: 90008,
})
const mi300x = properties({
  simd_count: 1216,
  simd_per_cu: 4,
  array_count: 32,
  num_xcc: 8,
  gfx_target_version: 90402,
})
const mi210 = properties({ gfx_target_version: 90010 })

test('the mask layout follows from what the kernel reports about the chip', () => {
  assert.deepEqual(maskLayoutOf(mi50), MI50_MASK)
  assert.deepEqual(maskLayoutOf(mi100), MI100_MASK)
  assert.deepEqual(maskLayoutOf(mi300x), MI300X_SPX_MASK)
})

test('RDNA pairs its CUs', () => {
  const rx6800 = properties({
    simd_count: 120,
    simd_per_cu: 2,
    array_count: 6,
    gfx_target_version: 100300,
  })
  assert.deepEqual(maskLayoutOf(rx6800), {
    dies: 1,
    engineCus: [10, 10, 10, 10, 10, 10],
    cusPerUnit: 2,
  })
})

test('instruction sets are named in hexadecimal', () => {
  assert.deepEqual([mi50, mi100, mi300x, mi210].map(gfxName), [
    'gfx906',
    'gfx908',
    'gfx942',
    'gfx90a',
  ])
})

test('a node is found by its PCI bus id', () => {
  assert.equal(isAtBus(mi50, '0000:83:00.0'), true)
  assert.equal(isAtBus(mi50, '0000:83:00.1'), false)
  assert.equal(isAtBus(mi50, '0001:83:00.0'), false)
})

test('the limits of a CU are those of the catalog', () => {
  assert.deepEqual(cuLimitsOf(mi50), mi50Device.cu)
})
