import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mi50 } from '../device/catalog/mi50.js'
import { catalog } from '../device/catalog/registry.js'
import type { Device } from '../device/device.js'
import { InputError } from '../errors.js'
import { createEvaluator } from '../evaluate/evaluator.js'
import { checkPlan } from '../plan/check.js'
import { kernelCount, type Plan, planSchema, switchesPerRequest } from '../plan/plan.js'
import type { Scenario } from '../workload/scenario.js'
import { DEFAULT_PARAMETERS, type Policy, type PolicyParameters } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { policies, policyNamed } from './registry.js'

const PARAMETERS: PolicyParameters = {
  ...DEFAULT_PARAMETERS,
  objective: 'weighted-speedup',
  searchPlans: 24,
}

function planWith(policy: Policy, scenario: Scenario): Promise<Plan> {
  const evaluator = createEvaluator(scenario, { warmupUs: 100, durationUs: 400 })
  return policy.plan(scenario, {
    parameters: PARAMETERS,
    evaluate: evaluator.evaluate,
  })
}

/** Like a CPU under OpenCL: one granule that no mask can divide. */
const undivided: Device = { ...mi50, name: 'undivided', granules: [{ cus: 4, cluster: 0 }] }
/** Uneven clusters of uneven granules, few queues, and two priorities. */
const uneven: Device = {
  ...mi50,
  name: 'uneven',
  granules: [5, 3, 8, 1, 1, 6, 2].map((cus, i) => ({ cus, cluster: i < 4 ? 0 : i < 6 ? 1 : 2 })),
  queueLimit: 2,
  priorityLevels: 2,
}

for (const policy of policies.values()) {
  describe(policy.name, () => {
    const devices = [...catalog.values(), undivided, uneven]
    for (const device of devices.filter((one) => policy.runsOn?.(one) !== false)) {
      for (const workers of [1, 2, 3, 4, 7, 8, 16]) {
        test(`plans ${workers} workers on ${device.name}`, async () => {
          const scenario = randomScenario(device, workers, 9)
          const plan = await planWith(policy, scenario)
          const parsed = planSchema.parse(JSON.parse(JSON.stringify(plan)))
          assert.deepEqual(parsed, plan)
          checkPlan(plan, scenario, 'plan')
          plan.workers.forEach((worker, w) => {
            assert.equal(kernelCount(worker), scenario.workers[w].profile.kernels.length)
          })
          assert.equal(plan.evidence.policy, policy.name)
          // Those that a policy names have the values that it was given.
          const { parameters } = plan.evidence
          assert.deepEqual({ ...PARAMETERS, ...parameters }, { ...parameters, ...PARAMETERS })
          assert.deepEqual(plan.evidence.switchesPerRequest, plan.workers.map(switchesPerRequest))
          assert.deepEqual(await planWith(policy, scenario), plan)
        })
      }
    }
  })
}

test('an unknown policy is bad input, and the error lists the known ones', () => {
  assert.throws(
    () => policyNamed('eclips'),
    (error) => error instanceof InputError && /one of baseline, equal/.test(error.message),
  )
})
