import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { totalCus } from '../device/device.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { requestUs } from '../profile/duration.js'
import { FIRST_ARRIVALS_US } from '../simulate/engine/worker-scheduler.js'
import type { Load, Scenario } from '../workload/scenario.js'
import {
  headroomWindow,
  judgementWindow,
  pointWindow,
  REPORT_WARMUP_US,
  screenWindow,
  searchWindow,
  soloWindow,
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
  const longestFirst = judgementWindow(under(trace(0, 20e6), trace(0, 5e6)))
  assert.equal(longestFirst.warmupUs + longestFirst.durationUs, 20e6)
  // However many requests it has: a thousand a second are plenty long before it ends.
  const busy = judgementWindow(under(trace(...Array.from({ length: 20_001 }, (_, i) => 1000 * i))))
  assert.equal(busy.warmupUs + busy.durationUs, 20e6)
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

test('a closed loop is judged after the warm-up of a report, and one worker alone by its fifth to eighth request', () => {
  const closed = judgementWindow(under(CLOSED, CLOSED))
  assert.deepEqual(closed, { warmupUs: REPORT_WARMUP_US, durationUs: 1e6 })
  assert.deepEqual(soloWindow(700), { warmupUs: FIRST_ARRIVALS_US + 2800, durationUs: 2800 })
})

test('a screening run lasts for some requests of the slowest worker, longer where more than four share', () => {
  const full = { warmupUs: 1e6, durationUs: 2e6 }
  const screen = (...soloRates: number[]) =>
    screenWindow(under(...soloRates.map(() => CLOSED)), soloRates, full)
  // The slowest takes 10 ms, among eight workers twice as long.
  assert.deepEqual(screen(1000, 100), { warmupUs: FIRST_ARRIVALS_US + 7500, durationUs: 25_000 })
  assert.deepEqual(screen(100, 1000, 1000, 1000).durationUs, 25_000)
  assert.deepEqual(screen(100, ...Array(7).fill(1000)), {
    warmupUs: FIRST_ARRIVALS_US + 15_000,
    durationUs: 50_000,
  })
  assert.equal(screen(1e6).durationUs, 3000)
  const short = { warmupUs: 10, durationUs: 20 }
  assert.deepEqual(screenWindow(under(CLOSED), [100], short), short)
})

test('a screening run under random arrivals has 60 of the least loaded worker, within limits', () => {
  const full = { warmupUs: 1e6, durationUs: 2e6 }
  const screen = (rate: number) => screenWindow(under(poisson(rate), poisson(1e4)), [1, 1], full)
  assert.deepEqual(screen(100), { warmupUs: 50_000, durationUs: 600_000 })
  assert.equal(screen(1).durationUs, 800_000)
  assert.equal(screen(1e4).durationUs, 300_000)
})

test('a measured point has 8 requests of its slowest worker, or 150 at random, after 3, within limits', () => {
  assert.deepEqual(pointWindow(100, 'closed'), { warmupUs: 30_000, durationUs: 80_000 })
  assert.deepEqual(pointWindow(100, 'random'), { warmupUs: 30_000, durationUs: 1_500_000 })
  assert.deepEqual(pointWindow(1e4, 'closed'), { warmupUs: 300, durationUs: 60_000 })
  assert.deepEqual(pointWindow(1, 'closed'), { warmupUs: 400_000, durationUs: 400_000 })
  assert.deepEqual(pointWindow(1, 'random'), { warmupUs: 3e6, durationUs: 4e6 })
})
