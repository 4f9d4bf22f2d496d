import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { totalCus } from '../device/device.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { requestUs } from '../profile/duration.js'
import type { Load, Scenario } from '../workload/scenario.js'
import {
  headroomWindow,
  judgementWindow,
  screenWindow,
  searchWindow,
} from './simulation-windows.js'

const CLOSED: Load = { kind: 'closed' }
const poisson = (ratePerSecond: number): Load => ({ kind: 'poisson', ratePerSecond })
const trace = (...arrivalsUs: number[]): Load => ({ kind: 'trace', arrivalsUs })

function under(...loads: Load[]): Scenario {
  return randomScenario(h200, loads.length, 8, (worker, w) => ({ ...worker, load: loads[w] }))
}

const judgedSeconds = (...loads: Load[]): number =>
  judgementWindow(under(...loads)).durationUs / 1e6

test('a plan is judged by 1000 requests of the least loaded worker, within limits', () => {
  assert.equal(judgedSeconds(CLOSED, CLOSED), 1)
  assert.equal(judgedSeconds(poisson(200), poisson(1000)), 5)
  assert.equal(judgedSeconds(poisson(200), CLOSED), 5)
  assert.equal(judgedSeconds(poisson(10)), 10)
  assert.equal(judgedSeconds(poisson(1000)), 3)
})

test('no window is longer than necessary to see plenty of requests of every worker', () => {
  const seldom = under(poisson(1000), poisson(1e6))
  const often = under(poisson(1e6), poisson(1e6))
  // Workers whose requests come too often end as many as they can by taking turns.
  const turnUs = Math.max(
    ...often.workers.map(
      ({ profile }) => requestUs(profile, totalCus(h200)) + h200.costs.hostTurnaroundUs,
    ),
  )
  const plentyUs = 5000 * 2 * turnUs
  assert.equal(judgementWindow(seldom).durationUs, 3e6)
  for (const windowOf of [
    judgementWindow,
    searchWindow,
    (one: Scenario) => headroomWindow(one, 1),
  ]) {
    const [usual, short] = [windowOf(seldom), windowOf(often)]
    assert.ok(Math.abs(short.durationUs / plentyUs - 1) < 1e-9, `${short.durationUs}`)
    assert.ok(Math.abs(short.warmupUs / usual.warmupUs - short.durationUs / 3e6) < 1e-9)
  }
})

test('a trace is judged from beginning to end, a long one by its first minute', () => {
  const { warmupUs, durationUs } = judgementWindow(under(trace(0, 4e6, 20e6)))
  assert.ok(warmupUs <= 400_000)
  assert.equal(warmupUs + durationUs, 20e6)
  assert.ok(judgedSeconds(trace(3.6e9)) <= 60)
  assert.equal(judgedSeconds(trace(1e6), poisson(10)), 10)
})

test('a multiple of a load is tried with as many requests as the load itself', () => {
  const scenario = under(poisson(100))
  const [once, twice] = [1, 2].map((load) => headroomWindow(scenario, load))
  assert.equal(once.durationUs, 3e6)
  assert.deepEqual(twice, { warmupUs: once.warmupUs / 2, durationUs: once.durationUs / 2 })
  const traced = headroomWindow(under(trace(0, 20e6)), 4)
  assert.equal(traced.warmupUs + traced.durationUs, 5e6)
})

test('a part of a load is tried with 300 requests or as many as the load itself, but for no longer than the load', () => {
  for (const rate of [0.5, 20, 70, 300, 1e4]) {
    for (const load of [1 / 64, 0.1, 0.5, 0.9]) {
      const scenario = under(poisson(rate), poisson(5 * rate))
      const [whole, part] = [1, load].map((times) => headroomWindow(scenario, times).durationUs)
      const requests = Math.min(300, (rate * whole) / 1e6)
      const neededUs = (requests * 1e6) / (rate * load)
      assert.ok(Math.abs(part / Math.max(whole, neededUs) - 1) < 1e-9, `${rate} at ${load}`)
    }
  }
  const camera: Load = { kind: 'periodic', everyUs: 1e6, offsetUs: 0, deadlineUs: 1e6 }
  const [whole, half] = [1, 0.5].map((load) => headroomWindow(under(camera), load))
  assert.deepEqual([half.warmupUs, half.durationUs], [2 * whole.warmupUs, 2 * whole.durationUs])
})

test('a search sees some tens of random arrivals in a screening run, and more in a full run', () => {
  const scenario = under(poisson(100), CLOSED)
  const full = searchWindow(scenario)
  assert.equal(full.durationUs, 3e6)
  assert.equal(screenWindow(scenario, [1000, 1000], full).durationUs, 600_000)
  const closed = under(CLOSED, CLOSED)
  assert.equal(searchWindow(closed).durationUs, 150_000)
  assert.ok(screenWindow(closed, [1000, 1000], searchWindow(closed)).durationUs < 10_000)
})
