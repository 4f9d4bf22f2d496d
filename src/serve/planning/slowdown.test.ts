import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Demand, DemandModel } from '../../workload/demand.js'
import { planOf } from '../echo.test.fixture.js'
import type { Forecast } from './forecast.js'
import { closest, demandOnSlowed, SLOWDOWNS, shareInTime, slowed } from './slowdown.js'

function seen(name: string, ended: number, inTime: number) {
  return { name, quantile: 0.95, ended, inTime }
}

function forecast(name: string, attainment: number, requests = 100): Forecast {
  return { name, requests, attainment, p95Ms: undefined, notAnswered: 0 }
}

test('a slowed plan only differs in the times of its launches', () => {
  const plan = planOf(['m'], { batches: [1, 2], expectedMs: { 1: [2, 3], 2: [4] } })
  const { models, ...rest } = slowed(plan, 1.5)
  assert.deepEqual(models, [{ ...plan.models[0], expectedMs: { 1: [3, 4.5], 2: [6] } }])
  assert.deepEqual({ ...rest, models: plan.models }, plan)
  assert.deepEqual(slowed(plan, SLOWDOWNS[0]), plan)
})

test('launches may be up to four times as slow as expected, in steps of a tenth', () => {
  assert.deepEqual([SLOWDOWNS[0], Math.floor(SLOWDOWNS.at(-1)!)], [1, 4])
  for (const [i, slowdown] of SLOWDOWNS.slice(1).entries()) {
    assert.ok(Math.abs(slowdown / SLOWDOWNS[i] - 1.1) < 1e-12)
  }
})

test('seconds half as long hold half of the requests, with half of the time for each', () => {
  const model = { name: 'm', ratePerSecond: 40, targetUs: 30_000, soloUs: 5000 } as DemandModel
  const { models } = demandOnSlowed({ models: [model] } as unknown as Demand, 2)
  assert.deepEqual(models, [{ ...model, ratePerSecond: 80, targetUs: 15_000 }])
})

test('the closest slowdown is the first with no more requests in time than were observed', () => {
  const forecasts = [1, 0.9, 0.7, 0.4].map((share) => [forecast('m', share), forecast('n', 0)])
  assert.equal(closest(forecasts, [seen('m', 10, 10)]), 0)
  assert.equal(closest(forecasts, [seen('m', 10, 8)]), 2)
  assert.equal(closest(forecasts, [seen('m', 10, 7)]), 2)
  // No slowdown explains these misses, so the largest is taken.
  assert.equal(closest(forecasts, [seen('m', 10, 1)]), 3)
  assert.equal(closest(forecasts, []), 0)
  // Together 14 of 20 were in time, and 10 are forecast.
  assert.equal(closest(forecasts, [seen('m', 10, 9), seen('n', 10, 5)]), 0)
})

test('shares are shares of requests, not of models', () => {
  assert.equal(shareInTime([forecast('m', 1, 30), forecast('n', 0.5, 10)]), 0.875)
  assert.equal(shareInTime([forecast('m', 1, 0)]), 1)
})
