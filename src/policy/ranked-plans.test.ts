import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import type { Plan } from '../plan/plan.js'
import { closedLoopMetrics } from './closed-loop.test.fixture.js'
import { DEFAULT_PARAMETERS, type PolicyContext } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { rankedPlans } from './ranked-plans.js'

test('plans that keep every share come first, by the objective; a share that is just kept is kept', async () => {
  const scenario = randomScenario(h200, 2, 3, (worker) => ({ ...worker, minimumShare: 0.5 }))
  const shares = [
    [0.4, 0.9],
    [0.6, 0.6],
    [0.5, 0.8],
    [0.49, 0.95],
  ]
  const plans = shares.map((_, i) => ({ i }) as unknown as Plan)
  const efforts: unknown[] = []
  const evaluate: PolicyContext['evaluate'] = async (asked, effort) => {
    efforts.push(effort)
    return asked.map((plan) =>
      closedLoopMetrics(scenario.workers, shares[plans.indexOf(plan)], [1, 1]),
    )
  }
  const ranking = await rankedPlans(scenario, plans, { parameters: DEFAULT_PARAMETERS, evaluate })
  assert.deepEqual(
    ranking.map(({ plan }) => plans.indexOf(plan)),
    [2, 1, 3, 0],
  )
  assert.deepEqual(efforts, ['full'])
  assert.deepEqual(
    ranking.map(({ score }) => score.violation > 0),
    [false, false, true, true],
  )
})
