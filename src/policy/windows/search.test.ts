import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Plan } from '../../plan/plan.js'
import { closedLoopMetrics } from '../closed-loop.test.fixture.js'
import { DEFAULT_PARAMETERS, type Effort, type PolicyContext } from '../policy.js'
import { randomScenario } from '../random-scenario.test.fixture.js'
import { searchWindows } from './search.js'
import { fixedWindows } from './starts.js'
import { Trial } from './trial.js'

const scenario = randomScenario(h200, 3, 6)

/** A search whose plans give each worker the share that `shareOf` says, and the plans that it tried. */
async function searched(shareOf: (plan: Plan, effort: Effort) => number, seed = 1) {
  const tried: string[] = []
  const context: PolicyContext = {
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 40, seed },
    evaluate: async (plans, effort = 'full') =>
      plans.map((plan) => {
        tried.push(JSON.stringify([plan.pool, plan.workers]))
        const share = shareOf(plan, effort)
        return closedLoopMetrics(scenario.workers, [share, share, share], [1, 1, 1])
      }),
  }
  return { ...(await searchWindows(scenario, context)), plans: tried }
}

const groupsOf = ({ workers }: Plan): number => workers.flatMap(({ groups }) => groups).length

test('the seed decides which neighbours a search tries', async () => {
  const [first, again, other] = [
    await searched(() => 0.5),
    await searched(() => 0.5),
    await searched(() => 0.5, 2),
  ]
  assert.deepEqual(again.plans, first.plans)
  assert.notDeepEqual(other.plans, first.plans)
})

test('the best fixed window is kept if longer runs do not show that another plan is better', async () => {
  // Plans with more groups only look better, in the short runs of the search.
  const result = await searched((plan, effort) =>
    effort === 'screen' ? 0.1 * groupsOf(plan) : 0.5,
  )
  assert.equal(result.best, result.bestFixed)
  const better = await searched((plan) => 0.1 * groupsOf(plan))
  assert.notEqual(better.best, better.bestFixed)
})

test('short runs must show 5% more than a minimum share, and long runs the share itself', async () => {
  const asked = {
    ...scenario,
    workers: scenario.workers.map((one) => ({ ...one, minimumShare: 0.5 })),
  }
  const trial = new Trial(asked, {
    parameters: DEFAULT_PARAMETERS,
    evaluate: async (plans) =>
      plans.map(() => closedLoopMetrics(asked.workers, [0.52, 0.53, 0.51], [1, 1, 1])),
  })
  const [candidate] = fixedWindows(asked)
  const [short] = await trial.fresh([candidate])
  const [long] = await trial.again([candidate])
  assert.ok(Math.abs(short.score.violation - (0.005 + 0.015)) < 1e-9, `${short.score.violation}`)
  assert.equal(long.score.violation, 0)
})
