import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { a100 } from '../device/catalog/a100.js'
import { h200 } from '../device/catalog/h200.js'
import { l40s } from '../device/catalog/l40s.js'
import { cusOf, type Device, totalCus, wholeDevice } from '../device/device.js'
import { InputError } from '../errors.js'
import { createEvaluator } from '../evaluate/evaluator.js'
import type { PartitionableGpu, PartitionProfile } from '../mig/gpu.js'
import { gpuNamed } from '../mig/gpus/registry.js'
import { isLegal, type Layout, layoutOf } from '../mig/layout.js'
import { entryCus } from '../plan/layout.js'
import type { Plan } from '../plan/plan.js'
import { requestUs } from '../profile/duration.js'
import { CLOSED_LOOP, type Scenario } from '../workload/scenario.js'
import { closedLoopMetrics } from './closed-loop.test.fixture.js'
import { granulesOfInstances } from './instance-granules.js'
import { mig, seatingsOf } from './mig.js'
import { DEFAULT_PARAMETERS, type Objective } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { comparedPolicies } from './registry.js'

function planOn(device: Device, workers: number): Promise<Plan> {
  const scenario = randomScenario(device, workers, 6)
  const { evaluate } = createEvaluator(scenario, { warmupUs: 200, durationUs: 2000 })
  return mig.plan(scenario, { parameters: DEFAULT_PARAMETERS, evaluate })
}

test('one worker gets the whole GPU, two get the two largest instances side by side', async () => {
  const alone = await planOn(h200, 1)
  assert.deepEqual(alone.evidence.parameters.instances, ['7g'])
  assert.deepEqual(alone.pool, [{ granules: wholeDevice(h200), owner: null, memoryShare: 1 }])
  const pair = await planOn(h200, 2)
  assert.deepEqual([...(pair.evidence.parameters.instances as string[])].sort(), ['3g', '4g'])
})

test('an instance has as much of the memory as its size has on the hardware', async () => {
  // Eighths of the memory, from NVIDIA's table of the profiles of the H200.
  const eighths: Readonly<Record<string, number>> = { '1g': 1, '2g': 2, '3g': 4, '4g': 4, '7g': 8 }
  const { pool, evidence } = await planOn(h200, 3)
  const sizes = evidence.parameters.instances as string[]
  assert.ok(new Set(sizes).size > 1, `${sizes}`)
  assert.deepEqual(
    pool.map((entry) => 'memoryShare' in entry && entry.memoryShare),
    sizes.map((size) => eighths[size] / 8),
  )
})

/** Three workers that want many compute units, and one that gains less from them. */
function unlikeMix(minimumShare: number): Scenario {
  return {
    device: h200,
    workers: [1, 1, 1, 100].map((fixedUs, w) => ({
      name: `w${w}`,
      profile: {
        format: 'eclip.profile/1',
        model: `m${w}`,
        batch: 1,
        device: 'h200',
        source: 'synthesized',
        kernels: [
          {
            name: 'k',
            grid: [132, 1, 1],
            block: [1024, 1, 1],
            registers: 32,
            sharedMemoryBytes: 0,
            durationUs: Object.fromEntries([8, 132].map((cus) => [cus, fixedUs + 1320 / cus])),
          },
        ],
      },
      load: CLOSED_LOOP,
      priorityClass: 'normal',
      minimumShare: w === 3 ? minimumShare : 0,
    })),
  }
}

/** What the workers of a plan reach in instances that nothing disturbs, relative to the whole device. */
function ratesUnder({ workers }: Scenario, plan: Plan): number[] {
  return plan.workers.map(({ groups: [{ partition }] }, w) => {
    return rateOn(workers[w], entryCus(plan, plan.pool[partition]))
  })
}

/** What a worker reaches on this many compute units, relative to the whole device. */
function rateOn({ profile }: Scenario['workers'][number], cus: number): number {
  return requestUs(profile, totalCus(h200)) / requestUs(profile, cus)
}

/** The plan for an objective if workers reach exactly that, and the rates under it. */
async function chosen(scenario: Scenario, objective: Objective): Promise<number[]> {
  const plan = await mig.plan(scenario, {
    parameters: { ...DEFAULT_PARAMETERS, objective },
    evaluate: async (plans) =>
      plans.map((one) => {
        const rates = ratesUnder(scenario, one)
        return closedLoopMetrics(
          scenario.workers,
          rates,
          rates.map(() => 1),
        )
      }),
  })
  return ratesUnder(scenario, plan)
}

test('a worker that asks for a share that only the largest instance gives gets that instance', async () => {
  const free = await chosen(unlikeMix(0), 'weighted-speedup')
  assert.ok(free[3] < 0.9, 'otherwise nothing is asked')
  const asked = await chosen(unlikeMix(0.9), 'weighted-speedup')
  assert.ok(asked[3] >= 0.9)
})

test('the lowest worker decides if that is the objective', async () => {
  const lowest = Math.min(...(await chosen(unlikeMix(0), 'lowest-worker')))
  const together = Math.min(...(await chosen(unlikeMix(0), 'weighted-speedup')))
  const { workers } = unlikeMix(0)
  const best = Math.max(
    ...seatingsOf(gpuNamed('h200'), 4).map(({ instances, ofWorker }) =>
      Math.min(...ofWorker.map((i, w) => rateOn(workers[w], instances[i].cus))),
    ),
  )
  assert.equal(lowest, best)
  assert.ok(together < best)
})

test('up to seven workers have an instance each, and further ones share', async () => {
  for (const workers of [3, 7, 9]) {
    const plan = await planOn(h200, workers)
    const used = plan.workers.map(({ groups }) => groups[0].partition)
    assert.equal(new Set(used).size, Math.min(7, workers))
  }
})

test('seatings are instances of a layout that the GPU allows, and no two are the same', () => {
  const gpu = gpuNamed('a100-80')
  for (const workers of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const seatings = seatingsOf(gpu, workers)
    const keys = seatings.map(({ instances, ofWorker }) =>
      ofWorker.map((i) => instances[i].name).join(),
    )
    assert.equal(new Set(keys).size, keys.length)
    for (const { instances } of seatings) assert.ok(canStand(gpu, instances))
  }
  // Two instances: 4g with 3g, 2g or 1g; 3g with 3g, 2g or 1g; 2g with 2g or 1g; 1g
  // with 1g. Unequal pairs count twice.
  assert.equal(seatingsOf(gpu, 2).length, 2 * (3 + 2 + 1) + 3)
})

/** Whether the GPU allows all these instances somewhere. */
function canStand(
  gpu: PartitionableGpu,
  instances: readonly PartitionProfile[],
  placed: Layout = [],
): boolean {
  const [first, ...others] = instances
  if (first === undefined) return true
  return first.starts.some((start) => {
    const layout = layoutOf([...placed, { profile: first, start }])
    return isLegal(gpu, layout) && canStand(gpu, others, layout)
  })
}

test('the granules of an instance have at most its compute units, and as many of them as possible', () => {
  const cus = (device: Device, sizes: number[]) =>
    granulesOfInstances(device, sizes).map((granules) => cusOf(device, granules))
  assert.deepEqual(cus(h200, [60, 64]), [60, 64])
  assert.deepEqual(cus(h200, [60, 60]), [60, 56])
  assert.deepEqual(cus(h200, [16, 132]), [0, 132])
  assert.deepEqual(cus(a100, [14, 42, 14]), [12, 40, 12])
})

test('no granule belongs to two instances', () => {
  const sizes = fc.array(fc.constantFrom(16, 32, 60, 64), { minLength: 1, maxLength: 7 })
  fc.assert(
    fc.property(sizes, (instances) => {
      const granules = granulesOfInstances(h200, instances)
      assert.equal(new Set(granules.flat()).size, granules.flat().length)
      granules.forEach((own, i) => {
        assert.ok(cusOf(h200, own) <= instances[i])
      })
    }),
  )
})

test('a device without known instances is bad input, and comparisons leave instances out unless named', async () => {
  assert.equal(mig.runsOn?.(l40s), false)
  assert.equal(mig.runsOn?.({ ...h200, vendor: 'amd' }), false)
  await assert.rejects(planOn(l40s, 2), InputError)
  assert.ok(!comparedPolicies(h200).includes(mig))
})
