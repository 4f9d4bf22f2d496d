import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mi50 } from '../device/catalog/mi50.js'
import { totalCus } from '../device/device.js'
import { requestUs } from '../profile/duration.js'
import { eclip } from './eclip.js'
import { DEFAULT_PARAMETERS, type PolicyParameters } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'

const scenario = randomScenario(mi50, 2, 12)

async function evidenceUnder(changes: Partial<PolicyParameters>) {
  const { evidence } = await eclip.plan(scenario, {
    parameters: { ...DEFAULT_PARAMETERS, ...changes },
    evaluate: () => Promise.reject(new Error('the optimizer asks for no simulation')),
  })
  return evidence
}

async function objectiveUnder(changes: Partial<PolicyParameters>): Promise<number> {
  const { solver } = await evidenceUnder(changes)
  assert.equal(solver?.status, 'optimal')
  return solver.objective
}

test('equal fairness counts microseconds, solo-time fairness counts multiples of the solo request', async () => {
  const soloUs = scenario.workers.map(({ profile }) => requestUs(profile, totalCus(mi50)))
  const [equal, relative] = [
    await objectiveUnder({ fairness: 'equal' }),
    await objectiveUnder({ fairness: 'solo-time' }),
  ]
  // No kernel is much faster than on the whole device, and alpha is at most 2.
  assert.ok(equal > 0.5 * Math.min(...soloUs))
  assert.ok(relative > 0.5 && relative < 20, `${relative}`)
  assert.ok(equal > 5 * relative, `${equal} and ${relative}`)
})

test('more switches never cost more, and neither does counting only others as the slowdown', async () => {
  const [none, many] = [
    await objectiveUnder({ switchBudget: 0 }),
    await objectiveUnder({ switchBudget: 14 }),
  ]
  assert.ok(many <= none)
  const all = await objectiveUnder({ slowdown: 'all-workers' })
  assert.ok((await objectiveUnder({ slowdown: 'other-workers' })) < all)
})

test('an allowed gap is used for fewer switches, respected, and reported', async () => {
  const [exact, near] = [0, 0.1].map((optimalityGap) => evidenceUnder({ optimalityGap }))
  const { solver: best, switchesPerRequest: most, parameters } = await exact
  assert.ok(!('optimalityGap' in parameters) && !('weights' in parameters))
  const { solver, switchesPerRequest: fewer, parameters: told } = await near
  assert.equal(told.optimalityGap, 0.1)
  assert.ok(solver!.objective <= 1.1 * best!.objective)
  assert.ok(Math.max(...fewer) < Math.max(...most), `${fewer} and ${most}`)
  assert.equal(best!.gap, 0)
})
