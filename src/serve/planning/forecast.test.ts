import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from '../echo.test.fixture.js'
import { forecast } from './forecast.js'
import type { ArrivalWindow } from './recent-arrivals.js'

/** Ten seconds with one request after another, this many seconds apart. */
function every(gapS: number, rows = 1): ArrivalWindow {
  const timesS = Float64Array.from({ length: Math.floor(10 / gapS) }, (_, i) => i * gapS)
  return { lengthS: 10, byModel: new Map([['m', { timesS, rows: rows * timesS.length }]]) }
}

const SLOW = planOf(['m'], {
  batches: [1],
  targetMs: 30,
  expectedMs: { 1: [20] },
})

test('requests that leave time for each other all take as long as their launch', () => {
  const [one] = forecast(SLOW, 1, every(0.025))
  assert.deepEqual([one.name, one.requests, one.attainment, one.notAnswered], ['m', 400, 1, 0])
  assert.ok(Math.abs(one.p95Ms! - 20) < 0.5, `${one.p95Ms}`)
})

test('if requests come twice as fast as they can be served, half of them are answered', () => {
  const [one] = forecast(SLOW, 1, every(0.01))
  assert.equal(one.requests, 1000)
  assert.ok(Math.abs(one.attainment - 0.5) < 0.02, `${one.attainment}`)
  assert.equal(one.notAnswered, 1000 - Math.round(one.attainment * 1000))
  const two = { ...SLOW, concurrency: 2, models: [{ ...SLOW.models[0], instances: 2 }] }
  assert.equal(forecast(two, 1, every(0.01))[0].attainment, 1)
})

test('launches that run together slow each other down as the plan says', () => {
  const models = [{ ...SLOW.models[0], instances: 2, expectedMs: { 1: [20, 40] }, targetMs: 100 }]
  const [one] = forecast({ ...SLOW, concurrency: 2, models }, 1, every(0.021))
  assert.equal(one.attainment, 1)
  const [both] = forecast({ ...SLOW, concurrency: 2, models }, 1, every(0.019))
  assert.ok(both.p95Ms! > 30, `${both.p95Ms}`)
})

test('a model without requests misses nothing', () => {
  const nothing = { lengthS: 10, byModel: new Map() }
  const expected = { name: 'm', requests: 0, attainment: 1, p95Ms: undefined, notAnswered: 0 }
  assert.deepEqual(forecast(SLOW, 1, nothing), [expected])
})

test('a launch takes what the plan says and no more, however short it is', () => {
  const short = planOf(['m'], { batches: [1], targetMs: 30, expectedMs: { 1: [0.004] } })
  const [{ p95Ms }] = forecast(short, 1, every(0.02))
  assert.ok(Math.abs(p95Ms! / 0.004 - 1) < 0.005, `${p95Ms}`)
})

test('every request has the mean number of rows', () => {
  const changes = { batches: [1, 2, 4], targetMs: 30, expectedMs: { 1: [1], 2: [2], 4: [5] } }
  const p95Ms = (rows: number) => forecast(planOf(['m'], changes), 1, every(0.02, rows))[0].p95Ms!
  for (const [rows, expectedMs] of [
    [1.4, 1],
    [1.6, 2],
    [4, 5],
  ]) {
    assert.ok(Math.abs(p95Ms(rows) / expectedMs - 1) < 0.005, `${rows}: ${p95Ms(rows)}`)
  }
})
