import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WorkError } from '../../errors.js'
import { loadDemand } from '../../io/demand.js'
import { planOf } from '../echo.test.fixture.js'
import { forecast } from './forecast.js'
import { ThreadedPlanner } from './threaded-planner.js'

const DEMAND = loadDemand('alexnet/1:50@100ms', 'h200')
const PLANS = [planOf(['m']), planOf(['m'], { instances: 2 })]
const ARRIVALS = {
  lengthS: 10,
  byModel: new Map([['m', { timesS: Float64Array.from([1, 2, 3]), rows: 3 }]]),
}

test('a forecast in a thread is the same as here', async () => {
  const planner = new ThreadedPlanner({ levels: 1, mostS: 60 })
  const forecasts = await planner.forecast(PLANS, ARRIVALS)
  assert.deepEqual(
    forecasts,
    PLANS.map((plan) => forecast(plan, 1, ARRIVALS)),
  )
  assert.equal(forecasts[0][0].requests, 3)
})

test('a task that takes too long, or is ended, is an error', async () => {
  const hasty = new ThreadedPlanner({ levels: 1, mostS: 1e-3 })
  await assert.rejects(hasty.size(DEMAND), new WorkError('planning takes longer than 0.001 s'))
  const planner = new ThreadedPlanner({ levels: 1, mostS: 60 })
  const sizing = planner.size(DEMAND)
  const ended = assert.rejects(sizing, new WorkError('planning ended without an answer'))
  await planner.close()
  await ended
})

test('an error in the thread gives its reason', async () => {
  const planner = new ThreadedPlanner({ levels: 1, mostS: 60 })
  const broken = { ...DEMAND, models: [{ ...DEMAND.models[0], profiles: [] }] }
  await assert.rejects(planner.size(broken), /^WorkError: planning failed: /)
})
