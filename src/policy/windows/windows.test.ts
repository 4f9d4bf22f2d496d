import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Plan } from '../../plan/plan.js'
import { createEvaluator } from '../../search/evaluator.js'
import type { Metrics } from '../../simulate/metrics.js'
import type { Scenario } from '../../workload/scenario.js'
import { DEFAULT_PARAMETERS, type PolicyParameters } from '../policy.js'
import { randomScenario } from '../testing.js'
import { windows } from './index.js'
import { MEASURED_CUTS, priorityLevels } from './priorities.js'
import { beats } from './score.js'
import { fixedWindows } from './seeds.js'

const SETTINGS = { warmupUs: 500, durationUs: 5000 }

async function planAndMetrics(
  scenario: Scenario,
  parameters: Partial<PolicyParameters>,
): Promise<{ plan: Plan; metrics: Metrics }> {
  const evaluator = createEvaluator(scenario, SETTINGS)
  const context = {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 80, ...parameters },
    evaluate: evaluator.evaluate,
    now: () => 0,
  }
  const plan = await windows.plan(scenario, context)
  const [metrics] = await evaluator.evaluate([plan])
  return { plan, metrics }
}

test('the search is never behind the best fixed window, and says what it reached', async () => {
  const scenario = randomScenario(h200, 3, 20)
  const { plan, metrics } = await planAndMetrics(scenario, {})
  const { predicted, solver } = plan.evidence
  assert.ok(predicted && solver)
  assert.equal(solver.objective, metrics.weightedSpeedup)
  assert.ok(solver.objective >= predicted.bestFixedWindow)
})

test('each objective is what its search maximises', async () => {
  const scenario = randomScenario(h200, 3, 20)
  const forLowest = await planAndMetrics(scenario, { objective: 'lowest-worker' })
  const forWork = await planAndMetrics(scenario, { objective: 'work-per-joule' })
  assert.equal(forLowest.plan.evidence.solver?.objective, forLowest.metrics.lowestWorker)
  assert.equal(forWork.plan.evidence.solver?.objective, forWork.metrics.workPerKilojoule)
  assert.ok(forLowest.metrics.lowestWorker >= forWork.metrics.lowestWorker)
  assert.ok(forWork.metrics.workPerKilojoule >= forLowest.metrics.workPerKilojoule)
})

test('a minimum share that can be kept is kept, at the cost of the objective', async () => {
  const free = await planAndMetrics(randomScenario(h200, 3, 20), {})
  const share = 0.75
  assert.ok(free.metrics.workers[0].normalizedThroughput < share, 'otherwise nothing is asked')
  const scenario = randomScenario(h200, 3, 20, (worker, w) =>
    w === 0 ? { ...worker, minimumShare: share } : worker,
  )
  const { metrics, plan } = await planAndMetrics(scenario, {})
  assert.ok(metrics.workers[0].normalizedThroughput >= share)
  assert.equal(plan.evidence.predicted?.violation, 0)
})

test('a p95 target is a constraint of its objective', async () => {
  const free = await planAndMetrics(randomScenario(h200, 3, 20), {})
  const targetMs = free.metrics.workers[1].p95Ms * 0.8
  const scenario = randomScenario(h200, 3, 20, (worker, w) =>
    w === 1 ? { ...worker, p95TargetMs: targetMs } : worker,
  )
  const { metrics } = await planAndMetrics(scenario, { objective: 'p95-targets' })
  assert.ok(metrics.workers[1].p95Ms <= targetMs)
})

test('constraints come before the objective, and noise is no gain', () => {
  assert.ok(beats({ violation: 0, value: 1 }, { violation: 0.1, value: 2 }))
  assert.ok(!beats({ violation: 0.1, value: 2 }, { violation: 0, value: 1 }))
  assert.ok(beats({ violation: 0, value: 1.01 }, { violation: 0, value: 1 }))
  assert.ok(!beats({ violation: 0, value: 1.0005 }, { violation: 0, value: 1 }))
})

test('shorter kernels get higher priorities, and a higher class is above all of a lower one', () => {
  const scenario = randomScenario(h200, 2, 40)
  const [levels] = priorityLevels(scenario, MEASURED_CUTS)
  const us = scenario.workers[0].profile.kernels.map((kernel) => kernel.durationUs['132'])
  us.forEach((duration, k) => {
    const expected = duration < 4 ? 3 : duration < 8 ? 2 : duration < 16 ? 1 : 0
    assert.equal(levels[k], expected)
  })
  const ranked = randomScenario(h200, 2, 40, (worker, w) =>
    w === 1 ? { ...worker, priorityClass: 'high' } : worker,
  )
  const [normal, high] = priorityLevels(ranked, MEASURED_CUTS)
  assert.ok(Math.max(...normal) < Math.min(...high))
  assert.ok(Math.max(...high) < h200.priorityLevels)
})

test('fixed windows begin with disjoint shares and end with the whole device', () => {
  const sizes = fixedWindows(randomScenario(h200, 4, 5)).map(({ workers }) => workers[0].first.size)
  assert.deepEqual(sizes, [4, 5, 6, 8, 10, 12, 14, 16])
})
