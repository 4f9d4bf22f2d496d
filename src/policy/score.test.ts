import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { type Metrics, metricsOf } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import type { Objective } from './policy.js'
import { randomScenario } from './random-scenario.test.fixture.js'
import { beats, byScore, predictionOf, type Score, scoreOf } from './score.js'

/** What one worker did under an open load of 100 requests/s. */
interface Did {
  readonly p95Ms?: number
  readonly busy?: number
  readonly served?: number
  readonly offered?: number
}

function scoreWith(change: object, did: Did, load = 1): Score {
  const { p95Ms = 5, busy = 0.5, served = 100, offered = 100 } = did
  const scenario: Scenario = randomScenario(h200, 1, 3, (worker) => ({
    ...worker,
    load: { kind: 'poisson', ratePerSecond: 100 },
    ...change,
  }))
  const worker = {
    name: 'w',
    completed: served,
    requestsPerSecond: served,
    offeredPerSecond: offered,
    busyShare: busy,
    latenciesUs: Float64Array.of(p95Ms * 1000),
    switchesPerRequest: 0,
  }
  const result = { seconds: 1, powerW: 100, energyJ: 100, cuUtilization: 0.5, launches: 0 }
  const metrics = metricsOf({ ...result, workers: [worker] }, [1000])
  const objective: Objective = 'headroom'
  return scoreOf(scenario, metrics, { objective, margin: 1, load })
}

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value} for ${expected}`)

test('a search leaves a part of every target for arrivals that it has not seen', () => {
  assert.equal(scoreWith({ p95TargetMs: 6 }, { p95Ms: 5 }).violation, 0)
  near(scoreWith({ p95TargetMs: 5 }, { p95Ms: 5 }).violation, 1 / 0.85 - 1)
})

test('a worker that is busy nearly all the time misses what it is offered', () => {
  assert.equal(scoreWith({}, { busy: 0.9 }).violation, 0)
  near(scoreWith({}, { busy: 1, served: 80 }).violation, 1.25 / 0.95 - 1)
})

test('a worker that finishes nothing is the worst case, but never worse than that', () => {
  near(scoreWith({ p95TargetMs: 5 }, { p95Ms: Number.NaN, served: 0, busy: 1 }).violation, 18)
})

test('a minimum share is compared with what the worker would reach alone', () => {
  assert.equal(scoreWith({ minimumShare: 0.7 }, { served: 70, busy: 0.3 }).violation, 0)
  near(scoreWith({ minimumShare: 0.7 }, { served: 50, busy: 0.3 }).violation, 0.2)
})

test('headroom is the load divided by the used part of the tightest limit', () => {
  near(scoreWith({}, { busy: 0.475 }, 1.5).value, 3)
  near(scoreWith({ p95TargetMs: 10 }, { p95Ms: 6.8, busy: 0.475 }, 1.5).value, 1.5 / 0.8)
})

test('headroom is a number even if nothing arrived', () => {
  const idle = scoreWith({}, { busy: 0, served: 0, offered: 0 }, 2)
  assert.deepEqual(idle, { violation: 0, value: 2e6, rank: 2e6 * 1.05 })
  const asked = { p95Ms: Number.NaN, busy: 0, served: 0, offered: 0 }
  assert.equal(scoreWith({ p95TargetMs: 5 }, asked).violation, 0)
})

test('each objective is its metric, and the ranking of plans adds up to 5% for evenness', () => {
  const scenario = randomScenario(h200, 2, 3)
  const worker = (normalizedThroughput: number) => ({ utilisation: null, normalizedThroughput })
  const metrics = {
    workers: [worker(0.2), worker(0.6)],
    weightedSpeedup: 0.8,
    lowestWorker: 0.2,
    workPerKilojoule: 7,
  } as unknown as Metrics
  const scoring = { margin: 1, load: 1 }
  const cases: readonly [Objective, value: number, evenness: number][] = [
    ['weighted-speedup', 0.8, 0.5],
    ['work-per-joule', 7, 0.5],
    ['lowest-worker', 0.2, 0.4],
  ]
  for (const [objective, value, evenness] of cases) {
    const score = scoreOf(scenario, metrics, { ...scoring, objective })
    assert.deepEqual([score.violation, score.value], [0, value])
    near(score.rank, value * (1 + 0.05 * evenness))
    const { violation, ...seen } = predictionOf(objective, metrics, score)
    assert.deepEqual(seen, { weightedSpeedup: 0.8, workPerKilojoule: 7, lowestWorker: 0.2 })
    assert.equal(violation, 0)
  }
  const headroom = predictionOf('headroom', metrics, { violation: 0.5, value: 2, rank: 3 })
  assert.deepEqual(headroom, { headroom: 2, violation: 0.5 })
})

test('a search has to keep a margin on shares in addition', () => {
  const scenario = randomScenario(h200, 1, 3, (worker) => ({ ...worker, minimumShare: 0.5 }))
  const metrics = {
    workers: [{ utilisation: null, normalizedThroughput: 0.52 }],
    weightedSpeedup: 0.52,
  } as unknown as Metrics
  const scoring = { objective: 'weighted-speedup', load: 1 } as const
  assert.equal(scoreOf(scenario, metrics, { ...scoring, margin: 1 }).violation, 0)
  near(scoreOf(scenario, metrics, { ...scoring, margin: 1.1 }).violation, 0.03)
})

test('constraints come first, then the ranking; noise beats nobody', () => {
  const score = (violation: number, value: number, rank = value) => ({ violation, value, rank })
  const [kept, better, missed, missedMore] = [
    score(0, 1),
    score(0, 0.99, 1.02),
    score(0.1, 5),
    score(0.2, 9),
  ]
  assert.deepEqual([missedMore, kept, missed, better].sort(byScore), [
    better,
    kept,
    missed,
    missedMore,
  ])
  assert.ok(beats(missed, missedMore) && !beats(missedMore, missed))
  assert.ok(beats(kept, missed) && !beats(missed, kept))
  assert.ok(beats(score(0, 1.0011), kept) && !beats(score(0, 1.0009), kept))
  assert.ok(!beats(score(0.09995, 5), missed) && beats(score(0.0998, 1), missed))
  assert.ok(!beats(kept, kept))
  assert.ok(!beats(score(0.15, 99), missed))
})
