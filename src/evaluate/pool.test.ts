import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { baseline } from '../policy/baseline.js'
import { equal } from '../policy/equal.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { createEvaluator } from './evaluator.js'
import { createEvaluatorPool } from './pool.js'

const scenario = randomScenario(h200, 2, 6)
const window = { warmupUs: 200, durationUs: 2000 }

async function plans(): Promise<Plan[]> {
  const context = {
    parameters: DEFAULT_PARAMETERS,
    evaluate: async () => [],
  }
  const both = await Promise.all([baseline, equal].map((policy) => policy.plan(scenario, context)))
  return [...both, ...both, both[1]]
}

test('several threads give the same results as one, in the order of the plans', async (t) => {
  const pool = createEvaluatorPool(scenario, window, 2)
  t.after(() => pool.close())
  const asked = await plans()
  const expected = await createEvaluator(scenario, window).evaluate(asked)
  assert.deepEqual(await pool.evaluate(asked), expected)
  assert.deepEqual(await pool.evaluate(asked.slice(0, 1)), expected.slice(0, 1))
  assert.notDeepEqual(expected[0], expected[1])
})

test('a screening run is shorter than a full one and close to it', async () => {
  const evaluator = createEvaluator(scenario, { warmupUs: 10_000, durationUs: 100_000 })
  const [plan] = await plans()
  const [full] = await evaluator.evaluate([plan], 'full')
  const [screen] = await evaluator.evaluate([plan], 'screen')
  assert.notDeepEqual(screen, full)
  assert.ok(Math.abs(screen.weightedSpeedup / full.weightedSpeedup - 1) < 0.1)
})

test('a plan that does not fit is bad input, and ends all threads', async () => {
  const pool = createEvaluatorPool(scenario, window, 2)
  const [plan] = await plans()
  const wrong = { ...plan, workers: plan.workers.slice(0, 1) }
  await assert.rejects(pool.evaluate([plan, wrong]), InputError)
  await pool.close()
})
