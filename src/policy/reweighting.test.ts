import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { createEvaluator } from '../evaluate/evaluator.js'
import type { Plan } from '../plan/plan.js'
import type { Metrics } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import { eclip } from './eclip.js'
import { DEFAULT_PARAMETERS, type PolicyContext } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { reweightedPlan } from './reweighting.js'

async function planned(scenario: Scenario): Promise<{ plan: Plan; metrics: Metrics }> {
  const { evaluate } = createEvaluator(scenario, { warmupUs: 2000, durationUs: 20_000 })
  const plan = await eclip.plan(scenario, { parameters: DEFAULT_PARAMETERS, evaluate })
  const [metrics] = await evaluate([plan])
  return { plan, metrics }
}

test('a worker that asks for more than it would get gets more', async () => {
  const plain = await planned(randomScenario(h200, 2, 40))
  const share = plain.metrics.workers[0].normalizedThroughput
  const asked = await planned(
    randomScenario(h200, 2, 40, (worker, w) =>
      w === 0 ? { ...worker, minimumShare: share * 1.05 } : worker,
    ),
  )
  assert.ok(asked.metrics.workers[0].normalizedThroughput > share)
  const weights = asked.plan.evidence.parameters.weights as number[]
  assert.ok(weights[0] > weights[1])
  assert.equal(plain.plan.evidence.parameters.weights, undefined)
})

test('a higher class weighs more, and has a higher priority if the device has any', async () => {
  const { plan } = await planned(
    randomScenario(h200, 2, 20, (worker, w) =>
      w === 1 ? { ...worker, priorityClass: 'high' } : worker,
    ),
  )
  assert.deepEqual(plan.evidence.parameters.weights, [1, 2])
  const lowest = (w: number): number => Math.min(...plan.workers[w].groups.map((g) => g.priority))
  const highest = (w: number): number => Math.max(...plan.workers[w].groups.map((g) => g.priority))
  assert.ok(lowest(1) > highest(0))
})

for (const [what, minimumShare, expected] of [
  ['a plan that keeps everything is the last that is tried', 0.01, 1],
  ['what nobody can keep is given up after eight plans', 0.99, 8],
] as const) {
  test(what, async () => {
    const scenario = randomScenario(h200, 2, 20, (worker) => ({ ...worker, minimumShare }))
    const { evaluate } = createEvaluator(scenario, { warmupUs: 2000, durationUs: 20_000 })
    let tried = 0
    await eclip.plan(scenario, {
      parameters: DEFAULT_PARAMETERS,
      evaluate: (plans, effort) => {
        tried += plans.length
        return evaluate(plans, effort)
      },
    })
    assert.equal(tried, expected)
  })
}

test('whoever misses a share weighs twice as much in each further plan, and the first of the best plans is kept', async () => {
  const scenario = randomScenario(h200, 2, 3, (worker, w) => ({
    ...worker,
    minimumShare: w === 0 ? 0.8 : 0.1,
  }))
  const tried: (readonly number[])[] = []
  // The first worker gets 0.4 under its first weight, and 0.6 under any larger one.
  const evaluate = async () => {
    const shares = [tried.length > 1 ? 0.6 : 0.4, 0.3]
    const workers = shares.map((share) => ({ utilisation: null, normalizedThroughput: share }))
    return [{ workers } as unknown as Metrics]
  }
  const context = { evaluate } as unknown as PolicyContext
  const planWith = (weights: readonly number[]): Plan => {
    tried.push(weights)
    return { weights } as unknown as Plan
  }
  assert.deepEqual(await reweightedPlan(scenario, context, [0.5, 2], planWith), {
    weights: [1, 2],
  })
  assert.deepEqual(
    tried,
    [0.5, 1, 2, 4, 8, 16, 32, 64].map((weight) => [weight, 2]),
  )
})
