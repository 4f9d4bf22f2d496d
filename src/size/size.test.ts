import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../io/demand.js'
import type { Choice } from './candidates.js'
import { planOf } from './candidates.js'
import { stateKey } from './launch-class.js'
import { carries, goodputOf } from './plan-goodput.js'
import { PlanService } from './plan-service.js'
import { sizeDemand } from './size-demand.js'
import { StateSpeeds } from './state-speeds.js'

const demand = loadDemand('alexnet/8:300@8x+vgg19/8:100@8x')

test('a launch alone takes what its share was measured to take, and company slows it down', () => {
  const states = new StateSpeeds(demand.device)
  const [alexnet, vgg19] = demand.models.map(({ profiles }) => ({
    profile: profiles[0],
    share: 66,
  }))
  const classes = [alexnet, vgg19]
  const [alone] = states.speedsOf({ classes, counts: [1, 0] })
  assert.equal(alone, states.soloUs(alexnet.profile) / alexnet.profile.mpsLatencyUs![66])
  const [beside, neighbour] = states.speedsOf({ classes, counts: [1, 1] })
  assert.ok(beside < alone && neighbour > 0)
  const [crowded] = states.speedsOf({ classes, counts: [3, 2] })
  assert.ok(crowded < beside)
  assert.ok(Number.isNaN(states.speedsOf({ classes, counts: [0, 1] })[0]))
})

test('a state is the same whatever the order of its classes', () => {
  const [a, b] = demand.models.map(({ profiles }) => ({ profile: profiles[0], share: 40 }))
  assert.equal(
    stateKey({ classes: [a, b], counts: [2, 1] }),
    stateKey({ classes: [b, a], counts: [1, 2] }),
  )
  assert.notEqual(
    stateKey({ classes: [a, b], counts: [2, 1] }),
    stateKey({ classes: [a, { ...b, share: 41 }], counts: [2, 1] }),
  )
})

test('the plan found is the same for a seed, carries what it says, and beats even sharings', () => {
  const settings = { seed: 3, mostStates: 60 }
  const { plan, goodput, models, firstToMiss } = sizeDemand(demand, settings)
  assert.deepEqual(sizeDemand(demand, settings).plan, plan)
  const states = new StateSpeeds(demand.device)
  const service = new PlanService(demand, plan, states)
  assert.ok(carries(demand, plan, service, goodput, settings.seed))
  assert.ok(!carries(demand, plan, service, goodput * 1.05, settings.seed))
  assert.ok(plan.models.some(({ name }) => name === firstToMiss))
  assert.ok(models.every(({ attainment }) => attainment > 0 && attainment <= 1))
  const even: Choice = {
    mechanism: 'mps',
    concurrency: 2,
    models: demand.models.map(() => ({
      instances: 1,
      share: 132,
      largestBatch: 0,
      maxDelayMs: 0,
    })),
  }
  const evenPlan = planOf(demand, even, () => [1])
  const evenService = new PlanService(demand, evenPlan, states)
  assert.ok(goodput >= goodputOf(demand, evenPlan, evenService, settings.seed, 1))
})
