import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { metricsOf } from '../simulate/metrics.js'
import type { Scenario } from '../workload/scenario.js'
import type { Objective } from './policy.js'
import { type Score, scoreOf } from './score.js'
import { randomScenario } from './testing.js'

/** What one worker under an open load of 100 requests/s did. */
interface Did {
  readonly p95Ms?: number
  readonly busy?: number
  readonly served?: number
}

function scoreWith(change: object, { p95Ms = 5, busy = 0.5, served = 100 }: Did, load = 1): Score {
  const scenario: Scenario = randomScenario(h200, 1, 3, (worker) => ({
    ...worker,
    load: { kind: 'poisson', ratePerSecond: 100 },
    ...change,
  }))
  const worker = {
    name: 'w',
    completed: served,
    requestsPerSecond: served,
    offeredPerSecond: 100,
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

test('a worker that is busy for nearly all of its time violates what it is offered', () => {
  assert.equal(scoreWith({}, { busy: 0.9 }).violation, 0)
  near(scoreWith({}, { busy: 1, served: 80 }).violation, 1.25 / 0.95 - 1)
})

test('a worker that finishes nothing is the worst there is, but not worse than that', () => {
  near(scoreWith({ p95TargetMs: 5 }, { p95Ms: Number.NaN, served: 0, busy: 1 }).violation, 18)
})

test('a minimum share counts against what the worker would reach alone', () => {
  assert.equal(scoreWith({ minimumShare: 0.7 }, { served: 70, busy: 0.3 }).violation, 0)
  near(scoreWith({ minimumShare: 0.7 }, { served: 50, busy: 0.3 }).violation, 0.2)
})

test('headroom is the load over what is used of the tightest limit', () => {
  near(scoreWith({}, { busy: 0.475 }, 1.5).value, 3)
  near(scoreWith({ p95TargetMs: 10 }, { p95Ms: 6.8, busy: 0.475 }, 1.5).value, 1.5 / 0.8)
})
