import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan } from '../plan/plan.js'
import { baseline } from '../policy/baseline.js'
import { closedLoopMetrics } from '../policy/closed-loop.test.fixture.js'
import { DEFAULT_PARAMETERS, type Policy } from '../policy/policy.js'
import { ablations } from './ablations.js'
import { nominal, onlyMix, setupOf } from './setup.test.fixture.js'

/** Stands for ECLIP: baseline's plan, which names the parameters that it was made with. */
const eclip: Policy = {
  ...baseline,
  plan: async (scenario, context) => {
    const plan = await baseline.plan(scenario, context)
    return { ...plan, evidence: { ...plan.evidence, parameters: { ...context.parameters } } }
  },
}

/** Requests per second of each worker on an invented machine: 1000 under baseline, whose plans name no parameters. */
function rateUnder({ evidence: { parameters } }: Plan): number {
  const { switchBudget = 0, optimalityGap = 0, slowdown, fairness } = parameters
  const better = (slowdown === 'other-workers' ? 300 : 0) + (fairness === 'solo-time' ? 500 : 0)
  return 1000 + Number(switchBudget) + 1000 * Number(optimalityGap) + better
}

test('an ablation compares each value with baseline, and leaves out those that no mix got', async () => {
  const setup = setupOf(nominal, {
    ...onlyMix(7),
    policies: new Map([
      ['baseline', baseline],
      ['eclip', eclip],
    ]),
    openEvaluator: () => ({
      soloRates: [],
      simulate: async () => [],
      evaluate: async (plans) =>
        plans.map((plan) => {
          const rates = plan.workers.map(() => rateUnder(plan))
          return closedLoopMetrics(plan.workers, rates, rates)
        }),
      close: async () => {},
    }),
  })
  const found = (await ablations(setup, () => {})).map(({ id, points }) => [
    id,
    points.map(({ value, throughput }) => [value, Math.round(1000 * throughput)]),
  ])
  const usual = 1000 + DEFAULT_PARAMETERS.switchBudget
  assert.deepEqual(Object.fromEntries(found), {
    budget: [0, 1, 2, 4, 7, 10, 14, 20, 30, 40].map((budget) => [budget, 1000 + budget]),
    streams: [],
    gap: [0, 0.003, 0.01, 0.03].map((gap) => [gap, usual + 1000 * gap]),
    slowdown: [
      ['all-workers', usual],
      ['other-workers', usual + 300],
    ],
    fairness: [
      ['equal', usual],
      ['solo-time', usual + 500],
    ],
    batch: [1, 2, 4, 8, 16].map((batch) => [batch, usual]),
  })
})
