import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import type { Metrics } from '../simulate/metrics.js'
import { best } from './best.js'
import { closedLoopMetrics } from './closed-loop.test.fixture.js'
import { mps, usualPercents } from './mps.js'
import { DEFAULT_PARAMETERS, type Policy } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { comparedPolicies } from './registry.js'

/** Metrics of workers that all reach this share of their solo rate. */
function metricsAt(normalized: number, { workers }: Plan): Metrics {
  return closedLoopMetrics(
    workers,
    workers.map(() => normalized),
    workers.map(() => 1),
  )
}

/** Makes plans with a policy on a device whose plans are as good as the function says. */
function planWith(
  policy: Policy,
  device: typeof h200,
  worth: (plan: Plan) => number,
): Promise<Plan> {
  return policy.plan(randomScenario(device, 3, 5), {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 20 },
    evaluate: async (plans) => plans.map((plan) => metricsAt(worth(plan), plan)),
  })
}

const shareOf = ({ pool }: Plan): number => {
  const [entry] = pool
  return 'cus' in entry ? entry.cus : 0
}
const levelsOf = ({ workers }: Plan): number[] =>
  workers.flatMap(({ groups }) => groups.map(({ priority }) => priority))

test('the usual shares are those that people try, and an equal one', () => {
  assert.deepEqual(usualPercents(4), [100, 60, 50, 40, 25])
  assert.deepEqual(usualPercents(2), [100, 60, 50, 40])
  assert.deepEqual(usualPercents(8), [100, 60, 50, 40, 13])
})

for (const wanted of [132, 79, 66, 52, 43]) {
  test(`the share that is best in simulation is taken: ${wanted} SMs`, async () => {
    const plan = await planWith(mps, h200, (one) => 1 / (1 + Math.abs(shareOf(one) - wanted)))
    assert.equal(plan.mechanism, 'mps')
    assert.deepEqual(
      plan.pool,
      [0, 1, 2].map((owner) => ({ cus: wanted, owner })),
    )
  })
}

test('if shares were checked, no others are planned', async () => {
  const checked = { ...h200, mpsCheckedCus: [66, 132] }
  const plan = await planWith(mps, checked, (one) => 1 / (1 + Math.abs(shareOf(one) - 52)))
  assert.equal(shareOf(plan), 66)
})

test('where no usual share is sound, another that is sound is planned', async () => {
  // 20 and 80%, as `eclip characterize` may find.
  const checked = { ...h200, mpsCheckedCus: [26, 105] }
  for (const wanted of [26, 105]) {
    const plan = await planWith(mps, checked, (one) => 1 / (1 + Math.abs(shareOf(one) - wanted)))
    assert.equal(shareOf(plan), wanted)
  }
})

test('priorities are tried as well, first for the worker with shorter kernels', async () => {
  const hasPriorities = (plan: Plan): number => new Set(levelsOf(plan)).size
  const withPriorities = await planWith(mps, h200, hasPriorities)
  assert.equal(new Set(levelsOf(withPriorities)).size, 3)
  const without = await planWith(mps, h200, (plan) => 1 / hasPriorities(plan))
  assert.deepEqual(new Set(levelsOf(without)), new Set([0]))
})

test('a device that cannot limit a process has no plan under MPS', async () => {
  await assert.rejects(
    planWith(mps, mi50, () => 1),
    InputError,
  )
  const none = { ...h200, mpsCheckedCus: [] }
  await assert.rejects(
    planWith(mps, none, () => 1),
    /^InputError: mps: device: expected a device that limits processes to a share, found "h200"$/,
  )
  assert.deepEqual(
    comparedPolicies(mi50).map(({ name }) => name),
    comparedPolicies(h200)
      .map(({ name }) => name)
      .filter((name) => name !== 'mps'),
  )
})

test('the best plan comes from the better mechanism, and names it', async () => {
  for (const mechanism of ['mps', 'pooled'] as const) {
    const plan = await planWith(best, h200, (one) => (one.mechanism === mechanism ? 0.6 : 0.5))
    assert.equal(plan.mechanism, mechanism)
    assert.equal(plan.evidence.policy, 'best')
    assert.equal(plan.evidence.parameters.chosen, mechanism === 'mps' ? 'mps' : 'windows')
  }
  const onlyWindows = await planWith(best, mi50, () => 1)
  assert.equal(onlyWindows.evidence.parameters.chosen, 'windows')
})
