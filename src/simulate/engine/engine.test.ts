import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { catalog } from '../../device/catalog/registry.js'
import { totalCus, wholeDevice } from '../../device/device.js'
import { loadShippedProfile, shippedProfiles } from '../../io/library.js'
import { mean, sum } from '../../numbers.js'
import { buildPlan } from '../../plan/build.js'
import { kernelUs, requestUs } from '../../profile/duration.js'
import type { Profile } from '../../profile/profile.js'
import { CLOSED_LOOP, closedLoopWorker, type Load, type Scenario } from '../../workload/scenario.js'
import { CU_PARTS, RESOURCES } from '../model/kernel-cost.js'
import { memsetUs, profiledMemsetUs } from '../model/memsets.js'
import { anyRun, type Run } from '../random-mix.test.fixture.js'
import type { KernelSpan } from '../result.js'
import { simulate } from '../simulate.js'
import { Engine } from './engine.js'

const SHORT = { warmupUs: 0, durationUs: 3000 }
const RUNS = { numRuns: 60 }

function spansOf(
  { scenario, plan }: Run,
  options: Parameters<typeof simulate>[2] = SHORT,
): KernelSpan[] {
  const spans: KernelSpan[] = []
  simulate(scenario, plan, { ...options, onKernel: (span) => spans.push(span) })
  return spans
}

/** One worker on the whole device. */
function alone(profile: Profile, load: Load = CLOSED_LOOP): Run {
  const device = catalog.get('h200')!
  const worker = { name: 'w', profile, load, priorityClass: 'normal', minimumShare: 0 } as const
  const scenario: Scenario = { device, workers: [worker] }
  const plan = buildPlan(scenario, {
    mechanism: 'pooled',
    pool: [{ granules: [...wholeDevice(device)], owner: null }],
    groups: [[{ kernels: profile.kernels.length, partition: 0, priority: 0 }]],
    evidence: { policy: 'test', parameters: {} },
  })
  return { scenario, plan }
}

const shipped = (model: string, batch: number): Profile =>
  loadShippedProfile('h200', model, batch, { file: 'test', path: '' })

test('each kernel of a request runs exactly once, and after its predecessors', () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      const spans = spansOf(run)
      run.scenario.workers.forEach(({ profile }, w) => {
        const own = spans.filter((span) => span.worker === w)
        const requests = Math.max(0, ...own.map((span) => span.request))
        for (let request = 0; request < requests; request++) {
          const kernels = own.filter((span) => span.request === request)
          const numbers = kernels.map((span) => span.kernel).sort((a, b) => a - b)
          assert.deepEqual(numbers, [...profile.kernels.keys()])
          if (profile.parallel) continue
          kernels.forEach((span, i) => {
            assert.equal(span.kernel, i)
            if (i > 0) assert.ok(span.startUs >= kernels[i - 1].endUs)
          })
        }
      })
    }),
    RUNS,
  )
})

test('kernels of a lane follow one another; branches join before what comes next', () => {
  const base = shipped('alexnet', 8)
  const parallel = [{ first: 4, count: 12, chain: 3, lanes: 2 }]
  const spans = spansOf(alone({ ...base, parallel }))
  const first = spans.filter((span) => span.request === 0)
  const at = (kernel: number): KernelSpan => first.find((span) => span.kernel === kernel)!
  assert.ok(at(5).startUs >= at(4).endUs)
  assert.ok(at(7).startUs < at(6).endUs, 'the second lane starts beside the first')
  assert.ok(at(10).startUs >= at(6).endUs, 'the first lane goes on with the third chain')
  for (let kernel = 4; kernel < 16; kernel++) assert.ok(at(16).startUs >= at(kernel).endUs)
})

/** Ten kernels with one block each. */
function narrow(): Profile {
  const { kernels, ...profile } = shipped('alexnet', 1)
  const kernel = { ...kernels[0], grid: [1, 1, 1] as [number, number, number] }
  return { ...profile, kernels: Array(10).fill(kernel), latencyUs: undefined }
}

test('if more kernels run than a compute unit has room for, they all progress alike', () => {
  const { scenario, plan } = alone(narrow())
  const { device } = scenario
  const names = Array.from({ length: 100 }, (_, w) => `w${w}`)
  const workers = names.map((name) => ({ ...scenario.workers[0], name }))
  const crowd = { ...plan, workers: names.map((name) => ({ ...plan.workers[0], name })) }
  const options = { warmupUs: 5000, durationUs: 200_000 }
  const [together, ...rest] = simulate({ device, workers }, crowd, options).workers
  for (const { requestsPerSecond } of rest)
    assert.ok(Math.abs(requestsPerSecond / together.requestsPerSecond - 1) < 0.05)
})

test('a kernel of one block runs on one granule', () => {
  const spans = spansOf(alone(narrow()))
  assert.ok(spans.length > 0)
  for (const { granules } of spans) assert.equal(granules.length, 1)
})

test('time never runs backwards', () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      let lastUs = 0
      for (const { startUs, endUs } of spansOf(run)) {
        assert.ok(startUs >= 0 && endUs > startUs)
        assert.ok(endUs >= lastUs)
        lastUs = endUs
      }
    }),
    RUNS,
  )
})

test('no compute unit is over-committed, traffic is that of lanes and workers, and ended kernels leave nothing', () => {
  fc.assert(
    fc.property(anyRun, ({ scenario, plan }) => {
      const engine = new Engine(scenario, plan, { seed: 1, mode: 'exact', ...SHORT })
      const { machine } = engine
      const steps = engine.steps()
      for (const _ of steps) {
        machine.free.forEach((part, i) => {
          const cus = machine.cus[Math.floor(i / RESOURCES)]
          assert.ok(part >= 0 && part <= CU_PARTS * cus)
        })
        assert.equal(sum(machine.resident), machine.blocks)
        const traffic = sum(machine.memory)
        for (const parts of [machine.memoryOf, machine.memoryOfWorker])
          assert.ok(Math.abs(sum(parts) - traffic) < 1e-9)
        const empty = machine.resident.indexOf(0)
        if (empty >= 0) {
          const parts = machine.free.subarray(empty * RESOURCES, (empty + 1) * RESOURCES)
          assert.deepEqual([...parts], Array(RESOURCES).fill(CU_PARTS * machine.cus[empty]))
        }
      }
    }),
    { numRuns: 25 },
  )
})

test('kernels stay on the granules of their partition', () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      const { plan } = run
      const entries = plan.workers.map(({ groups }) =>
        groups.flatMap(({ kernels, partition }) => Array<number>(kernels).fill(partition)),
      )
      for (const { worker, kernel, granules } of spansOf(run)) {
        const entry = plan.pool[entries[worker][kernel]]
        if (!('granules' in entry)) continue
        for (const granule of granules) assert.ok(entry.granules.includes(granule))
      }
    }),
    RUNS,
  )
})

test('switches per request are changes of partition from one kernel to the next', () => {
  fc.assert(
    fc.property(anyRun, ({ scenario, plan }) => {
      const { workers } = simulate(scenario, plan, SHORT)
      workers.forEach(({ switchesPerRequest }, w) => {
        const entries = plan.workers[w].groups.map(({ partition }) => partition)
        const changes = entries.filter((entry, i) => i > 0 && entry !== entries[i - 1])
        assert.equal(switchesPerRequest, changes.length)
      })
    }),
    RUNS,
  )
})

test('a kernel takes longer by the cold start if its compute units last ran other code', () => {
  const { kernels, ...profile } = shipped('alexnet', 8)
  const kernel = { ...kernels[0], durationUs: { 132: 64 } }
  const single = { ...profile, kernels: [kernel], latencyUs: undefined }
  const { scenario, plan } = alone(single)
  const { device } = scenario
  const [worker] = scenario.workers
  // So far apart that each is alone, and multiples of the step to which ends of blocks are rounded.
  const comesAt = [
    [0, 2048, 3072, 5120],
    [1024, 4096],
  ]
  const workers = comesAt.map((arrivalsUs, w) => ({
    ...{ ...worker, name: `w${w}`, profile: { ...single, model: `m${w}` } },
    load: { kind: 'trace' as const, arrivalsUs },
  }))
  const both = {
    ...plan,
    workers: workers.map(({ name, profile: { model } }) => ({ ...plan.workers[0], name, model })),
  }
  const spansWith = (coldStartUs: number) => {
    const contention = { ...device.contention, coldStartUs }
    const costs = { ...device.costs, hostTurnaroundUs: 0 }
    const own: Run = { scenario: { device: { ...device, contention, costs }, workers }, plan: both }
    return spansOf(own, { warmupUs: 0, durationUs: 10_000 })
  }
  const [warm, cold] = [spansWith(0), spansWith(16)]
  const added = cold.map(({ startUs, endUs }, i) => {
    assert.equal(startUs, warm[i].startUs)
    return endUs - warm[i].endUs
  })
  assert.deepEqual(added, [16, 16, 16, 0, 16, 16])
})

test('workers of one model run the same code in one process, and not in processes of their own', () => {
  const { kernels, ...profile } = shipped('alexnet', 8)
  const single = { ...profile, kernels: [kernels[0]], latencyUs: undefined }
  const { scenario, plan } = alone(single)
  const [worker] = scenario.workers
  const workers = [0, 1].map((w) => ({
    ...{ ...worker, name: `w${w}` },
    load: { kind: 'trace' as const, arrivalsUs: [1024 * w, 1024 * w + 2048] },
  }))
  const usOf = (mechanism: 'pooled' | 'mps', coldStartUs: number): number[] => {
    const contention = {
      ...scenario.device.contention,
      coldStartUs,
      processColdStartUs: coldStartUs,
    }
    const device = { ...scenario.device, contention }
    const isShared = mechanism === 'pooled'
    const pool = isShared ? plan.pool : workers.map((_, owner) => ({ cus: 132, owner }))
    const groups = workers.map((_, w) => [{ kernels: 1, partition: isShared ? 0 : w, priority: 0 }])
    const { evidence } = plan
    const both = buildPlan({ device, workers }, { mechanism, pool, groups, evidence })
    const spans = spansOf(
      { scenario: { device, workers }, plan: both },
      { warmupUs: 0, durationUs: 10_000 },
    )
    return spans.map(({ startUs, endUs }) => endUs - startUs)
  }
  const coldOnes = (mechanism: 'pooled' | 'mps'): boolean[] => {
    const warm = usOf(mechanism, 0)
    return usOf(mechanism, 50).map((us, i) => us > warm[i] + 25)
  }
  assert.deepEqual(coldOnes('pooled'), [true, false, false, false])
  assert.deepEqual(coldOnes('mps'), [true, true, true, true])
})

test('a kernel starts with the first of its blocks, even at time 0 and in many waves', () => {
  const { kernels, ...profile } = shipped('alexnet', 8)
  const kernel = { ...kernels[0], grid: [20_000, 1, 1] as [number, number, number] }
  const single = { ...profile, kernels: [kernel], latencyUs: undefined }
  const { scenario, plan } = alone(single, { kind: 'trace', arrivalsUs: [0, 2000] })
  const costs = { ...scenario.device.costs, hostTurnaroundUs: 0 }
  const device = { ...scenario.device, costs }
  const spans = spansOf({ scenario: { ...scenario, device }, plan })
  assert.deepEqual(
    spans.map(({ startUs }) => startUs),
    [0, 2000],
  )
})

test('a model alone is not slowed down by its own traffic, even if traffic slows nobody down', () => {
  const { scenario, plan } = alone(shipped('vgg19', 8))
  const spansWith = (memory: number): KernelSpan[] => {
    const contention = { ...scenario.device.contention, memory }
    return spansOf({ scenario: { ...scenario, device: { ...scenario.device, contention } }, plan })
  }
  assert.deepEqual(spansWith(1), spansWith(0))
})

test('the more other workers have a request in flight, the later the host turns to a worker', () => {
  const { kernels, ...profile } = shipped('alexnet', 8)
  const grid: [number, number, number] = [1, 1, 1]
  const kernel = { ...kernels[0], grid, durationUs: { 132: 64 } }
  const single = { ...profile, kernels: [kernel], latencyUs: undefined }
  const { scenario, plan } = alone(single, { kind: 'trace', arrivalsUs: [0] })
  const [worker] = scenario.workers
  const costs = { ...scenario.device.costs, hostTurnaroundUs: 16, hostTurnaroundPerWorkerUs: 4 }
  const device = { ...scenario.device, costs }
  const startsOf = (count: number): number[] => {
    const names = Array.from({ length: count }, (_, w) => `w${w}`)
    const workers = names.map((name) => ({ ...worker, name }))
    const placed = { ...plan, workers: names.map((name) => ({ ...plan.workers[0], name })) }
    const spans = spansOf({ scenario: { device, workers }, plan: placed })
    return names.map((_, w) => spans.find((span) => span.worker === w)!.startUs)
  }
  assert.deepEqual(startsOf(1), [16])
  assert.deepEqual(startsOf(3), [16, 20, 24])
})

test('a kernel counts for the whole window, even if it neither starts nor ends in it', () => {
  const { kernels, ...profile } = shipped('alexnet', 8)
  const grid: [number, number, number] = [66, 1, 1]
  const kernel = { ...kernels[0], grid, durationUs: { 132: 9000 } }
  const single = { ...profile, kernels: [kernel], latencyUs: undefined }
  const { scenario, plan } = alone(single, { kind: 'trace', arrivalsUs: [0] })
  const window = { warmupUs: 2000, durationUs: 5000 }
  const { cuUtilization, workers } = simulate(scenario, plan, window)
  assert.equal(cuUtilization, 66 / 132)
  assert.equal(workers[0].busyShare, 1)
})

test('work is conserved: the device never does more than its compute units can', () => {
  fc.assert(
    fc.property(anyRun, ({ scenario, plan }) => {
      const { device } = scenario
      const result = simulate(scenario, plan, { warmupUs: 2000, durationUs: 20_000 })
      const cus = totalCus(device)
      const work = result.workers.map(({ requestsPerSecond }, w) => {
        const { kernels } = scenario.workers[w].profile
        const cuUs = kernels.map((kernel) => {
          const blocks = kernel.grid[0]
          return Math.min(15, blocks) * kernelUs(kernel, 15)
        })
        const leastCuUs = kernels.map((kernel, i) =>
          Math.min(cuUs[i], Math.min(132, kernel.grid[0]) * kernelUs(kernel, 132)),
        )
        return (requestsPerSecond * sum(leastCuUs)) / 1e6
      })
      assert.ok(sum(work) <= cus * 1.01, `${sum(work)} CU-seconds per second on ${cus} CUs`)
      assert.ok(result.cuUtilization >= 0 && result.cuUtilization <= 1)
    }),
    { numRuns: 30 },
  )
})

for (const { model, batch } of shippedProfiles('h200')) {
  test(`${model}/${batch} alone takes what its profile says, without leaving its partition for memsets`, () => {
    const run = alone(shipped(model, batch))
    const { device } = run.scenario
    const { kernels, parallel } = shipped(model, batch)
    const cus = totalCus(device)
    const leavingUs = sum(
      kernels.map((k) => profiledMemsetUs(device, k, cus) - memsetUs(device, k, cus)),
    )
    const expectedUs = requestUs(shipped(model, batch), cus) - leavingUs
    const window = (parallel ? 40 : 8) * (expectedUs + device.costs.hostTurnaroundUs)
    const { workers } = simulate(run.scenario, run.plan, { warmupUs: window, durationUs: window })
    const us = 1e6 / workers[0].requestsPerSecond - device.costs.hostTurnaroundUs
    assert.ok(Math.abs(us / expectedUs - 1) < 0.025, `${us} µs against ${expectedUs} µs`)
  })
}

test("Little's law: requests in flight are rate times latency", () => {
  const models = ['resnet152', 'densenet201', 'vgg19', 'albert']
  const device = catalog.get('h200')!
  const scenario: Scenario = {
    device,
    workers: models.map((model) => closedLoopWorker(model, shipped(model, 8))),
  }
  const plan = buildPlan(scenario, {
    mechanism: 'pooled',
    pool: [{ granules: [...wholeDevice(device)], owner: null }],
    groups: scenario.workers.map(({ profile }) => [
      { kernels: profile.kernels.length, partition: 0, priority: 0 },
    ]),
    evidence: { policy: 'test', parameters: {} },
  })
  const result = simulate(scenario, plan, {
    mode: 'coarse',
    warmupUs: 50_000,
    durationUs: 1_500_000,
  })
  for (const { latenciesUs, requestsPerSecond } of result.workers) {
    const inFlight = (requestsPerSecond * mean([...latenciesUs])) / 1e6
    assert.ok(Math.abs(inFlight - 1) < 0.01, `${inFlight} requests in flight`)
  }
})

test('an open load is served at the rate at which it arrives, and waits when it bunches up', () => {
  const profile = shipped('alexnet', 8)
  const load: Load = { kind: 'poisson', ratePerSecond: 2000 }
  const { scenario, plan } = alone(profile, load)
  const { workers } = simulate(scenario, plan, { warmupUs: 50_000, durationUs: 2_000_000 })
  assert.ok(Math.abs(workers[0].requestsPerSecond / 2000 - 1) < 0.05)
  const { latenciesUs } = workers[0]
  assert.ok(latenciesUs[latenciesUs.length - 1] > 2 * latenciesUs[0])
})

test('a trace is served at its times', () => {
  const profile = shipped('alexnet', 8)
  const arrivalsUs = [1000, 2000, 2010, 50_000]
  const { scenario, plan } = alone(profile, { kind: 'trace', arrivalsUs })
  const { workers } = simulate(scenario, plan, { warmupUs: 0, durationUs: 100_000 })
  assert.equal(workers[0].completed, arrivalsUs.length)
})

test('the same seed gives the same result', () => {
  fc.assert(
    fc.property(anyRun, ({ scenario, plan }) => {
      assert.deepEqual(simulate(scenario, plan, SHORT), simulate(scenario, plan, SHORT))
    }),
    { numRuns: 15 },
  )
})
