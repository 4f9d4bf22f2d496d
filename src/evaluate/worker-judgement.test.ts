import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import type { WorkerMetrics } from '../simulate/metrics.js'
import type { Load, ScenarioWorker } from '../workload/scenario.js'
import { workerJudgement } from './worker-judgement.js'

const [WORKER] = randomScenario(h200, 1, 4, (worker) => ({
  ...worker,
  load: { kind: 'poisson', ratePerSecond: 100 },
})).workers

interface Found {
  readonly utilisation?: number | null
  readonly p95s: readonly number[]
  readonly shares?: readonly number[]
  /** The arrivals in each run, requests per second. */
  readonly offered?: readonly number[]
}

/** What some runs, usually four, of this many seconds say about a worker. */
function judged(change: Partial<ScenarioWorker>, found: Found, seconds = 20) {
  const { utilisation = 0.5, p95s, shares = p95s.map(() => 1), offered = [] } = found
  const own = p95s.map(
    (p95Ms, i) =>
      ({
        p95Ms,
        normalizedThroughput: shares[i],
        offeredPerSecond: offered[i] ?? 100,
      }) as WorkerMetrics,
  )
  const mean = { offeredPerSecond: 100, requestsPerSecond: 99, utilisation } as WorkerMetrics
  return workerJudgement({ ...WORKER, ...change }, mean, { own, seconds })
}

const around = (center: number, spread: number): number[] => [
  center - spread,
  center,
  center,
  center + spread,
]
/**
 * Half of the interval for one more run like four runs around a centre: Student's
 * t with 3 degrees of freedom, 99.9%.
 */
const halfOf = (spread: number, further = 1): number =>
  12.92 * Math.sqrt(((2 * spread ** 2) / 3) * (further + 1 / 4))

test('a p95 is within its target if the whole interval for further runs is', () => {
  const verdictAt = (p95TargetMs: number) =>
    judged({ p95TargetMs }, { p95s: around(10, 0.1) }).p95Target!.verdict
  const half = halfOf(0.1)
  assert.equal(verdictAt(10 + half + 0.001), 'met')
  assert.equal(verdictAt(10 + half - 0.001), 'unclear')
  assert.equal(verdictAt(10 - half + 0.001), 'unclear')
  assert.equal(verdictAt(10 - half - 0.001), 'missed')
  const certain = { p95s: [10, 10, 10, 10] }
  assert.equal(judged({ p95TargetMs: 10 }, certain).p95Target!.verdict, 'met')
  assert.ok(Math.abs(judged({ p95TargetMs: 8 }, certain).p95Target!.margin! + 0.25) < 1e-12)
})

test('no target is met under overload, or if a run ended nothing', () => {
  const p95Target = (found: Found) => judged({ p95TargetMs: 1000 }, found).p95Target
  const p95s = [10, 10, 10, 10]
  assert.equal(p95Target({ p95s, utilisation: 0.999 })!.verdict, 'met')
  assert.equal(p95Target({ p95s, utilisation: 1 })!.verdict, 'missed')
  const nothing = { asked: 1000, margin: null, verdict: 'missed' }
  assert.deepEqual(p95Target({ p95s: [10, Number.NaN, 10, 10] }), nothing)
  assert.equal(judged({}, { p95s }).p95Target, undefined)
})

test('a share is kept if the whole interval for further runs is above it', () => {
  const shareAt = (minimumShare: number, spread = 0.001) =>
    judged({ minimumShare }, { p95s: around(1, 0), shares: around(0.5, spread) }).minimumShare
  const half = halfOf(0.001)
  assert.equal(shareAt(0.5 - half - 1e-6)!.verdict, 'met')
  assert.equal(shareAt(0.5 - half + 1e-6)!.verdict, 'unclear')
  assert.equal(shareAt(0.5 + half - 1e-6)!.verdict, 'unclear')
  assert.equal(shareAt(0.5 + half + 1e-6)!.verdict, 'missed')
  assert.deepEqual(shareAt(0.5, 0), { asked: 0.5, margin: 0, verdict: 'met' })
  assert.equal(shareAt(0.4, 0)!.margin, 0.5 / 0.4 - 1)
  assert.equal(shareAt(0), undefined)
})

test('random arrivals even out over the 20 s of the promise, unless the worker is busy or the loop is closed', () => {
  const half = (load: Load, utilisation: number | null, seconds: number): number => {
    const { p95Ms } = judged({ load }, { p95s: around(10, 0.1), utilisation }, seconds)
    return (p95Ms!.high - p95Ms!.low) / 2
  }
  const poisson: Load = { kind: 'poisson', ratePerSecond: 100 }
  const cases: readonly (readonly [Load, number | null, number, number])[] = [
    [poisson, 0.9, 5, 0.25],
    [poisson, 0.9, 40, 1],
    [poisson, 0.91, 5, 1],
    [{ kind: 'closed' }, null, 5, 1],
    [{ kind: 'trace', arrivalsUs: [1] }, 0.1, 5, 1],
  ]
  for (const [load, utilisation, seconds, further] of cases) {
    assert.ok(Math.abs(half(load, utilisation, seconds) - halfOf(0.1, further)) < 1e-9)
  }
})

test('a utilisation that is not a number is reported as unknown', () => {
  const p95s = [10, 10]
  assert.equal(judged({}, { p95s, utilisation: 0.25 }).utilisation, 0.25)
  assert.equal(judged({}, { p95s, utilisation: null }).utilisation, null)
  const stuck = judged({}, { p95s, utilisation: Number.POSITIVE_INFINITY })
  assert.deepEqual([stuck.utilisation, stuck.isOverloaded], [null, true])
})

test('runs without arrivals say nothing about a p95, but one of several is too few', () => {
  const none = Number.NaN
  const verdictOf = (p95s: number[], offered: number[]) =>
    judged({ p95TargetMs: 100 }, { p95s, offered }).p95Target!.verdict
  assert.equal(verdictOf([none, 10, none, 10], [0, 0.1, 0, 0.1]), 'met')
  assert.equal(verdictOf([none, 200, none, 200], [0, 0.1, 0, 0.1]), 'missed')
  assert.equal(verdictOf([none, 10, none, none], [0, 0.1, 0, 0]), 'unclear')
  assert.equal(verdictOf([none, none], [0, 0]), 'unclear')
  assert.equal(verdictOf([none, 10, 10, none], [0, 0.1, 0.1, 0.1]), 'missed')
  // A request that came before the window may end in it.
  assert.equal(verdictOf([10, 10], [0, 0]), 'met')
  assert.equal(verdictOf([10], [0.1]), 'met')
})
