import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mi50 } from '../device/catalog/mi50.js'
import { checkPlan } from '../plan/check.js'
import { explainPlan } from '../plan/explain.js'
import type { Plan } from '../plan/plan.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { simulate } from '../simulate/simulate.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { krisp } from './krisp.js'
import { krispI } from './krisp-i.js'
import { DEFAULT_PARAMETERS, type Policy } from './policy.js'
import { comparedPolicies } from './registry.js'

/** Kernels that gain from each compute unit up to this number, and from no more. */
function wanting(cus: number): Profile {
  const kernel: Kernel = {
    name: 'k',
    grid: [40 * cus, 1, 1],
    block: [64, 1, 1],
    registers: 16,
    sharedMemoryBytes: 0,
    durationUs: Object.fromEntries([15, 30, 45, 60].map((on) => [on, 3000 / Math.min(on, cus)])),
  }
  return {
    format: 'eclip.profile/1',
    model: `wanting ${cus}`,
    batch: 1,
    device: 'mi50',
    source: 'synthesized',
    kernels: Array(20).fill(kernel),
  }
}

function mixOf(sizes: readonly number[]): Scenario {
  const workers = sizes.map((cus, w) => closedLoopWorker(`w${w}`, wanting(cus)))
  return { device: mi50, workers }
}

function planOf(policy: Policy, scenario: Scenario): Promise<Plan> {
  const evaluate = () => Promise.reject(new Error('nothing here searches'))
  return policy.plan(scenario, { parameters: DEFAULT_PARAMETERS, evaluate })
}

/** The most kernels that ever had the same granule at the same time. */
function mostTogether(scenario: Scenario, plan: Plan): number {
  const spans: { from: number; to: number; cells: readonly number[] }[] = []
  simulate(scenario, plan, {
    warmupUs: 0,
    durationUs: 30_000,
    onKernel: (span) => spans.push({ from: span.startUs, to: span.endUs, cells: span.granules }),
  })
  return Math.max(
    ...spans.map(
      (one) =>
        spans.filter(
          (other) =>
            other.from <= one.from &&
            other.to > one.from &&
            other.cells.some((cell) => one.cells.includes(cell)),
        ).length,
    ),
  )
}

test('two kernels that want more than the device has overlap under KRISP, not under KRISP-I', async () => {
  const scenario = mixOf([45, 45])
  const [shared, apart] = [await planOf(krisp, scenario), await planOf(krispI, scenario)]
  checkPlan(apart, scenario, 'plan')
  assert.equal(mostTogether(scenario, shared), 2)
  assert.equal(mostTogether(scenario, apart), 1)
  assert.match(explainPlan(apart), /1 sizes placed at dispatch where no other kernel is/)
})

test('a kernel that has ended leaves its compute units to others', async () => {
  const alone = mixOf([45])
  const pair = { ...mixOf([45]), workers: [...mixOf([45]).workers, idle(mixOf([60]))] }
  const plan = await planOf(krispI, pair)
  const rate = (scenario: Scenario, own: Plan) =>
    simulate(scenario, own, { warmupUs: 10_000, durationUs: 60_000 }).workers[0].requestsPerSecond
  const beside = rate(pair, plan)
  assert.ok(beside > 0.95 * rate(alone, await planOf(krispI, alone)), `${beside}`)
})

/** The first worker of a mix, with one request at the very beginning and no other for ten seconds. */
function idle({ workers: [worker] }: Scenario): Scenario['workers'][number] {
  return { ...worker, name: 'idle', load: { kind: 'trace', arrivalsUs: [0, 10_000_000] } }
}

test('comparisons leave it out unless it is named', () => {
  assert.ok(!comparedPolicies(mi50).includes(krispI))
  assert.ok(comparedPolicies(mi50).includes(krisp))
})
