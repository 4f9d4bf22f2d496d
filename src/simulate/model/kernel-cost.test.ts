import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import { totalCus } from '../../device/device.js'
import { occupancy } from '../../profile/occupancy.js'
import type { Kernel, Profile } from '../../profile/profile.js'
import { contentionOf, crowding, seenLoad } from './contention.js'
import { CU_PARTS, kernelCosts } from './kernel-cost.js'
import { reconcile } from './reconcile.js'

const KERNEL: Kernel = {
  ...{ name: 'k', grid: [1000, 1, 1], block: [200, 1, 1], registers: 40, sharedMemoryBytes: 9000 },
  durationUs: { '16': 400, '66': 110, '132': 60 },
}

/** The cost of a kernel on this many compute units, in at most this many waves. */
function costOf(change: Partial<Kernel>, cus = totalCus(h200), mostWaves = 1000) {
  const kernels = [{ ...KERNEL, ...change }]
  const [cost] = costsOf({ kernels }, cus, mostWaves)
  return { cost, kernel: kernels[0] }
}

function costsOf(change: Partial<Profile>, cus: number, mostWaves: number, device = h200) {
  const profile = { model: 'm', batch: 1, device: 'h200', ...change } as unknown as Profile
  const usable = () => ({ cus, likeCus: cus })
  const partition = { cus, kind: 'partition', key: `${cus}`, usable } as const
  return kernelCosts(device, profile, partition, mostWaves)
}

const close = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual} for ${expected}`)

test('alone, the waves of a kernel take its time, and its blocks do its work', () => {
  for (const cus of [16, 66, 132]) {
    for (const mostWaves of [1000, 2]) {
      const { cost, kernel } = costOf({}, cus, mostWaves)
      const alone = costOf({}, cus).cost
      close(cost.durationUs, kernel.durationUs[cus])
      const { blocksPerCu } = occupancy(h200, kernel)
      assert.equal(alone.waves, Math.ceil(1000 / (cus * blocksPerCu)))
      assert.equal(cost.waves, Math.min(mostWaves, alone.waves))
      // Its own blocks crowd each other, in the last wave less, and the sum of the waves is the measured time.
      const contention = contentionOf(h200)
      const crowdedBy = (blocks: number): number =>
        crowding(contention, seenLoad(contention, cus, blocks, alone.blockLoad, 0, 0))
      const last = 1000 - (alone.waves - 1) * cus * blocksPerCu
      const waves = (alone.waves - 1) * crowdedBy(cus * blocksPerCu) + crowdedBy(last)
      close((cost.blockUs * waves * cost.waves) / alone.waves, kernel.durationUs[cus])
      // The least CU-time of any measured count: 16 units for 400 us.
      close(cost.blocks * cost.blockWorkCuUs, 16 * 400)
    }
  }
})

test('each resource of a unit limits how many blocks fit on it', () => {
  const { cost, kernel } = costOf({})
  // 200 threads are seven warps.
  const needs = [224, 1, 40 * 224, 9000]
  const { cu } = h200
  const room = [cu.threads, cu.blocks, cu.registers, cu.sharedMemoryBytes]
  room.forEach((capacity, i) => {
    const fit = Math.floor(capacity / needs[i])
    assert.ok(fit * cost.demand[i] <= CU_PARTS && (fit + 1) * cost.demand[i] > CU_PARTS)
  })
  assert.equal(cost.blocksPerCu, occupancy(h200, kernel).blocksPerCu)
  assert.equal(costOf({ sharedMemoryBytes: 0 }).cost.demand[3], 0)
})

test('memory: by bytes if they are known, otherwise by how little more units help', () => {
  const wholeUs = KERNEL.durationUs[132]
  const bytes = 0.4 * h200.memoryBandwidthGBps * 1e3 * wholeUs
  const known = costOf({ dramBytes: bytes }).cost
  close(known.memoryBound, 0.4)
  close(known.blocks * known.blockTrafficUs, 0.4 * wholeUs)
  assert.equal(costOf({ dramBytes: 100 * bytes }).cost.memoryBound, 1)
  // Twice the units make it 110 / 60 times as fast, less the time of the shortest kernels.
  const fixedUs = h200.costs.shortestKernelUs ?? 0
  const gain = (110 - fixedUs) / (60 - fixedUs)
  close(costOf({}).cost.memoryBound, ((2 - gain) * (60 - fixedUs)) / 60)
  // As many bytes on half of the units, in more time.
  close(costOf({}, 66).cost.memoryBound, ((2 - gain) * (60 - fixedUs)) / 110)
  // One kernel has too few blocks to tell, the other consists only of the fixed part.
  assert.equal(costOf({ grid: [263, 1, 1] }).cost.memoryBound, 0)
  assert.ok(costOf({ grid: [264, 1, 1] }).cost.memoryBound > 0)
  assert.equal(costOf({ durationUs: { '66': 0.1, '132': 0.1 } }).cost.memoryBound, 0)
})

test('the time of the shortest kernels is time, but does not load a unit', () => {
  const grid: Kernel['grid'] = [24, 1, 1]
  const fixedUs = h200.costs.shortestKernelUs ?? 0
  const { cost } = costOf({ grid, durationUs: { '16': 8, '66': 5, '132': 5 } })
  close(cost.blockLoad, (5 - fixedUs) / 5)
  close(cost.blocks * cost.blockWorkCuUs, 24 * 5)
  close(cost.durationUs, 5)
  assert.equal(costOf({ grid, durationUs: { '132': fixedUs / 2 } }).cost.blockLoad, 0)
})

test('a wave has the traffic of its kernel, and more for its load of the device', () => {
  const { loadTraffic } = contentionOf(h200)
  const bytes = 0.4 * h200.memoryBandwidthGBps * 1e3 * KERNEL.durationUs[132]
  for (const cus of [66, 132]) {
    const { cost } = costOf({ grid: [cus, 1, 1], dramBytes: bytes }, cus)
    assert.equal(cost.waves, 1)
    // There are as many blocks as units, so each unit has the load of one block.
    const loaded = (cost.blockLoad * cus) / 132
    close(cost.blocks * cost.blockMemory, cost.memoryBound + loadTraffic * loaded)
  }
})

test('the kernels of a parallel stretch have the gaps of branching, and only these', () => {
  const kernels = Array.from({ length: 5 }, () => KERNEL)
  const parallel = [{ first: 1, count: 2, chain: 1, lanes: 2 }]
  const device = { ...h200, costs: { ...h200.costs, launchGapUs: 2 } }
  // The request takes 100 us longer than its kernels, which is what branching costs.
  const change = { kernels, parallel, latencyUs: { 132: 5 * 60 + 100 } }
  const { gapUs, branchGapUs } = reconcile(device, change as unknown as Profile, 132)
  assert.ok(branchGapUs > gapUs + 10, `${branchGapUs}`)
  const gaps = costsOf(change, 132, 1000, device).map((cost) => cost.gapUs)
  assert.deepEqual(gaps, [gapUs, branchGapUs, branchGapUs, gapUs, gapUs])
})
