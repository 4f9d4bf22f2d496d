import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { baseline } from '../policy/baseline.js'
import { equal } from '../policy/equal.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { compare } from './compare.js'
import { createEvaluator } from './evaluator.js'
import { judge } from './judge.js'
import { record } from './recording.js'

test('each policy makes a plan, which is judged on the same seeds and recorded with the first of them', async () => {
  const scenario = randomScenario(h200, 2, 6)
  const evaluator = createEvaluator(scenario)
  const context = { parameters: { ...DEFAULT_PARAMETERS, seed: 4 }, evaluate: evaluator.evaluate }
  const judging = { mode: 'exact', durationUs: 5000, runs: 2 } as const
  const told: string[] = []
  const policies = [equal, baseline]
  const outcomes = await compare(scenario, policies, { context, evaluator }, judging, (name) =>
    told.push(name),
  )
  assert.deepEqual(told, ['equal', 'baseline'])
  for (const [i, policy] of policies.entries()) {
    const { plan, recording, summary, policy: name, ...judged } = outcomes[i]
    assert.deepEqual([name, summary], [policy.name, policy.summary])
    const made = await policy.plan(scenario, context)
    const { judgement } = judged
    assert.deepEqual(plan, { ...made, evidence: { ...made.evidence, judgement } })
    assert.deepEqual(judgement.seeds, [5, 6], 'the search has seed 4')
    assert.deepEqual(judged, await judge(scenario, made, evaluator, { ...judging, seed: 5 }))
    const run = { seed: 5, mode: 'exact' } as const
    assert.deepEqual(recording, record(scenario, made, judged.metrics, run))
  }
  const [first, second] = outcomes.map(({ metrics }) => metrics.weightedSpeedup)
  assert.notEqual(first, second)
})
