import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { wholeDevice } from '../device/device.js'
import { soloRates } from '../evaluate/solo.js'
import { wholeRequest } from '../policy/fixed.js'
import { randomScenario } from '../policy/testing.js'
import type { Load, Scenario } from '../workload/scenario.js'
import { type Metrics, metricsOf } from './metrics.js'
import { simulate } from './simulate.js'

/** Two workers on streams without partitions, under the given loads. */
function metricsUnder(loads: readonly Load[]): Metrics {
  const scenario: Scenario = randomScenario(h200, 2, 12, (worker, w) => ({
    ...worker,
    load: loads[w],
  }))
  const plan = wholeRequest(scenario, 'baseline', {}, () => ({
    partition: wholeDevice(h200),
    owner: null,
  }))
  const result = simulate(scenario, plan, { warmupUs: 10_000, durationUs: 2_000_000 })
  return metricsOf(result, soloRates(scenario))
}

test('a worker that is served all it is offered has a normalized throughput of 1', () => {
  const poisson = (ratePerSecond: number): Load => ({ kind: 'poisson', ratePerSecond })
  const { workers, fairness, weightedSpeedup } = metricsUnder([poisson(20), poisson(200)])
  assert.ok(fairness > 0.99, `${fairness}`)
  for (const worker of workers) {
    assert.ok(worker.normalizedThroughput > 0.99)
    assert.ok(worker.shareOfSolo < 0.1, 'of the solo rate it needs little')
    assert.ok(worker.utilisation! > 0 && worker.utilisation! < 0.2, `${worker.utilisation}`)
  }
  assert.ok(Math.abs(weightedSpeedup - workers[0].shareOfSolo - workers[1].shareOfSolo) < 1e-12)
})

test('utilisation passes 1 where more is offered than a worker can serve', () => {
  const flood: Load = { kind: 'poisson', ratePerSecond: 50_000 }
  const [flooded, closed] = metricsUnder([flood, { kind: 'closed' }]).workers
  assert.ok(flooded.utilisation! > 2, `${flooded.utilisation}`)
  assert.ok(Math.abs(flooded.normalizedThroughput - flooded.shareOfSolo) < 1e-12)
  assert.deepEqual([closed.utilisation, closed.offeredPerSecond], [null, null])
  assert.equal(closed.normalizedThroughput, closed.shareOfSolo)
})

test('utilisation is the share of the time in service where all are served', () => {
  const everyMs = Array.from({ length: 2100 }, (_, i) => i * 1000 + 500)
  const [traced] = metricsUnder([
    { kind: 'trace', arrivalsUs: everyMs },
    { kind: 'trace', arrivalsUs: [] },
  ]).workers
  assert.equal(traced.offeredPerSecond, 1000)
  assert.ok(Math.abs(traced.utilisation! - traced.p50Ms) < 0.01, 'ms in service, of each ms')
})

test('a periodic load comes at its ticks, and its deadlines are counted one by one', () => {
  const clock = (everyUs: number, deadlineUs: number): Load => ({
    kind: 'periodic',
    everyUs,
    offsetUs: 500,
    deadlineUs,
  })
  const idle: Load = { kind: 'trace', arrivalsUs: [] }
  const [alone] = metricsUnder([clock(1000, 900), idle]).workers
  assert.equal(alone.offeredPerSecond, 1000)
  assert.equal(alone.deadlinesMet, 1)
  assert.equal(alone.p95Ms, alone.p50Ms, 'every tick is like the one before')
  const longUs = 1000 * alone.p50Ms
  const [late] = metricsUnder([clock(1000, longUs * 0.99), idle]).workers
  assert.equal(late.deadlinesMet, 0)
  const [flooded, none] = metricsUnder([clock(longUs / 2, longUs * 3), idle]).workers
  assert.ok(flooded.deadlinesMet! < 0.1, 'the queue grows for as long as one looks')
  assert.equal(none.deadlinesMet, undefined)
})

test('deadlines met, by hand: two of four requests take at most 2 ms', () => {
  const result = {
    seconds: 1,
    workers: [
      {
        name: 'a',
        completed: 4,
        requestsPerSecond: 4,
        offeredPerSecond: 4,
        deadlineUs: 2000,
        busyShare: 0.1,
        latenciesUs: Float64Array.from([1000, 2000, 2001, 9000]),
        switchesPerRequest: 0,
      },
    ],
    powerW: 1,
    energyJ: 1,
    cuUtilization: 0,
    launches: 0,
  }
  assert.equal(metricsOf(result, [100]).workers[0].deadlinesMet, 0.5)
})

test('a worker that is offered nothing lacks nothing', () => {
  const [idle] = metricsUnder([{ kind: 'trace', arrivalsUs: [] }, { kind: 'closed' }]).workers
  assert.deepEqual([idle.normalizedThroughput, idle.utilisation], [1, 0])
  assert.ok(Number.isNaN(idle.p95Ms))
})
