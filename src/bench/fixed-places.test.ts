import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { cusOf, type Device, totalCus } from '../device/device.js'
import { buildPlan } from '../plan/build.js'
import { checkPlan } from '../plan/check.js'
import { groupsOnGranules } from '../plan/groups-on-granules.js'
import type { Plan } from '../plan/plan.js'
import { kernelTaking } from '../profile/kernel.test.fixture.js'
import { CLOSED_LOOP, type Scenario } from '../workload/scenario.js'
import { withFixedPlaces } from './fixed-places.js'

function scenarioOf(device: Device, kernels: readonly number[]): Scenario {
  return {
    device,
    workers: kernels.map((count, w) => ({
      name: `w${w}`,
      profile: {
        format: 'eclip.profile/1',
        model: `m${w}`,
        batch: 1,
        device: device.name,
        source: 'measured',
        kernels: Array.from({ length: count }, () => kernelTaking({ 8: 2 })),
      },
      load: CLOSED_LOOP,
      priorityClass: 'normal',
      minimumShare: 0,
    })),
  }
}

/** A mask call before each kernel, for as many compute units as `sizes` says. */
function masked(scenario: Scenario, sizes: readonly (readonly number[])[]): Plan {
  const pool = [...new Set(sizes.flat())].map((cus) => ({ cus }))
  const priorityOf = (w: number) => Math.min(w, scenario.device.priorityLevels - 1)
  const placeOf = (size: number) => pool.findIndex(({ cus }) => cus === size)
  return buildPlan(scenario, {
    mechanism: 'mask-call',
    pool,
    groups: sizes.map((own, w) =>
      own.map((size) => ({ kernels: 1, partition: placeOf(size), priority: priorityOf(w) })),
    ),
    evidence: { policy: 'test', parameters: { tolerance: 0.05 } },
  })
}

test('the masks of a worker are the shortest windows from the place where it stands on the device', () => {
  const scenario = scenarioOf(h200, [3, 2])
  const plan = withFixedPlaces(
    scenario,
    masked(scenario, [
      [8, 9, 8],
      [66, 132],
    ]),
  )
  assert.equal(plan.mechanism, 'pooled')
  assert.deepEqual(groupsOnGranules(plan, plan.workers[0]), [
    { kernels: 1, granules: [0], priority: 0 },
    { kernels: 1, granules: [0, 1], priority: 0 },
    { kernels: 1, granules: [0], priority: 0 },
  ])
  assert.deepEqual(groupsOnGranules(plan, plan.workers[1]), [
    { kernels: 1, granules: [8, 9, 10, 11, 12, 13, 14, 15], priority: 1 },
    { kernels: 1, granules: [...h200.granules.keys()], priority: 1 },
  ])
})

test('places that a plan already has do not change, and equal neighbours form one group', () => {
  const scenario = scenarioOf(h200, [3])
  const plan = masked(scenario, [[8, 8, 16]])
  const half = { ...plan, pool: [plan.pool[0], { granules: [3, 5], owner: null }] }
  const placed = withFixedPlaces(scenario, half)
  assert.deepEqual(groupsOnGranules(placed, placed.workers[0]), [
    { kernels: 2, granules: [0], priority: 0 },
    { kernels: 1, granules: [3, 5], priority: 0 },
  ])
})

test('every kernel gets what it was meant to get, on as few granules as possible', () => {
  const mixes = fc.record({
    device: fc.constantFrom(h200, mi50),
    parts: fc.array(fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1 }), {
      minLength: 1,
      maxLength: 6,
    }),
  })
  fc.assert(
    fc.property(mixes, ({ device, parts }) => {
      const sizes = parts.map((own) => own.map((part) => Math.ceil(part * totalCus(device))))
      const scenario = scenarioOf(
        device,
        sizes.map(({ length }) => length),
      )
      const plan = withFixedPlaces(scenario, masked(scenario, sizes))
      checkPlan(plan, scenario, 'placed')
      const largest = Math.max(...device.granules.map(({ cus }) => cus))
      plan.workers.forEach((worker, w) => {
        const given = groupsOnGranules(plan, worker).flatMap(({ kernels, granules }) =>
          Array<number>(kernels).fill(cusOf(device, granules)),
        )
        given.forEach((cus, k) => {
          assert.ok(cus >= sizes[w][k] && cus < sizes[w][k] + largest)
        })
      })
    }),
  )
})
