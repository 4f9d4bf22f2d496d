import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { wholeDevice } from '../device/device.js'
import { soloRates } from '../evaluate/solo.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { wholeRequest } from '../policy/whole-request.js'
import type { Load, Scenario } from '../workload/scenario.js'
import { isIdle, type Metrics, meanRelativeP95, metricsOf } from './metrics.js'
import { simulate } from './simulate.js'

/** Two workers on streams without partitions, under these loads. */
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

test('a worker that is served everything it is offered has a normalized throughput of 1', () => {
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

test('utilisation exceeds 1 if more is offered than a worker can serve', () => {
  const flood: Load = { kind: 'poisson', ratePerSecond: 50_000 }
  const [flooded, closed] = metricsUnder([flood, { kind: 'closed' }]).workers
  assert.ok(flooded.utilisation! > 2, `${flooded.utilisation}`)
  assert.ok(Math.abs(flooded.normalizedThroughput - flooded.shareOfSolo) < 1e-12)
  assert.deepEqual([closed.utilisation, closed.offeredPerSecond], [null, null])
  assert.equal(closed.normalizedThroughput, closed.shareOfSolo)
})

test('utilisation is the share of the time in service if everything is served', () => {
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

test('deadlines met, checked by hand: of four requests, of one, of none', () => {
  const deadlinesMet = (latenciesUs: readonly number[]) => {
    const worker = {
      name: 'a',
      completed: latenciesUs.length,
      requestsPerSecond: latenciesUs.length,
      offeredPerSecond: 4,
      deadlineUs: 2000,
      busyShare: 0.1,
      latenciesUs: Float64Array.from(latenciesUs),
      switchesPerRequest: 0,
    }
    const device = { powerW: 1, energyJ: 1, cuUtilization: 0, launches: 0 }
    const result = { seconds: 1, workers: [worker], ...device }
    return metricsOf(result, [100]).workers[0].deadlinesMet
  }
  assert.equal(deadlinesMet([1000, 2000, 2001, 9000]), 0.5)
  assert.equal(deadlinesMet([2000]), 1)
  assert.equal(deadlinesMet([2001]), 0)
  assert.equal(deadlinesMet([]), 0)
})

test('a worker that is offered nothing lacks nothing', () => {
  const [idle] = metricsUnder([{ kind: 'trace', arrivalsUs: [] }, { kind: 'closed' }]).workers
  assert.deepEqual([idle.normalizedThroughput, idle.utilisation], [1, 0])
  assert.ok(Number.isNaN(idle.p95Ms))
})

test('every metric of two workers, computed by hand', () => {
  const latenciesUs = Float64Array.from({ length: 101 }, (_, i) => 1000 + 10 * i)
  const worker = { completed: 101, latenciesUs, switchesPerRequest: 3 }
  const open = {
    ...worker,
    name: 'open',
    requestsPerSecond: 40,
    offeredPerSecond: 50,
    busyShare: 0.6,
  }
  const closed = {
    ...{ ...worker, name: 'closed', requestsPerSecond: 60, offeredPerSecond: null, busyShare: 1 },
    latenciesUs: latenciesUs.map((us) => 2 * us),
  }
  const result = {
    ...{ seconds: 2, workers: [open, closed], powerW: 250, energyJ: 500 },
    ...{ cuUtilization: 0.7, launches: 9 },
  }
  const metrics = metricsOf(result, [160, 100])
  const { workers, ...together } = metrics
  assert.deepEqual(together, {
    weightedSpeedup: 0.25 + 0.6,
    fairness: 0.6 / 0.8,
    lowestWorker: 0.6,
    requestsPerSecond: 100,
    powerW: 250,
    joulesPerRequest: 2.5,
    requestsPerJoule: 0.4,
    workPerKilojoule: 3.4,
    cuUtilization: 0.7,
  })
  assert.deepEqual(workers[0], {
    ...{ name: 'open', offeredPerSecond: 50, requestsPerSecond: 40 },
    ...{ normalizedThroughput: 0.8, shareOfSolo: 0.25, utilisation: 0.75 },
    ...{ p50Ms: 1.5, p95Ms: 1.95, p99Ms: 1.99, switchesPerRequest: 3 },
  })
  assert.equal(workers[1].normalizedThroughput, 0.6)
  // A worker that could not serve its load even alone is measured by its solo rate.
  assert.equal(metricsOf(result, [45, 100]).workers[0].normalizedThroughput, 40 / 45)
  const reference = metricsOf({ ...result, workers: [closed, open] }, [100, 160])
  assert.equal(meanRelativeP95(metrics, reference), (0.5 + 2) / 2)
})

/** A worker in a window of one second that was busy all the time. */
const served = fc.record({
  rate: fc.double({ min: 1, max: 1000, noNaN: true }),
  solo: fc.double({ min: 1, max: 1000, noNaN: true }),
  offered: fc.option(fc.double({ min: 1, max: 1000, noNaN: true })),
  latenciesMs: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 60 }),
})

/** The quantile of type 7 in Hyndman and Fan 1996: where (n - 1) q + 1 falls among the ranks. */
function quantileOf(values: readonly number[], q: number): number {
  const ascending = values.toSorted((a, b) => a - b)
  const rank = (values.length - 1) * q + 1
  const at = (k: number): number => ascending[Math.min(values.length, k) - 1]
  const part = rank % 1
  return (1 - part) * at(Math.floor(rank)) + part * at(Math.floor(rank) + 1)
}

test('the metrics of any mix are those of their definitions', () => {
  const near = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual} for ${expected}`)
  fc.assert(
    fc.property(fc.array(served, { minLength: 1, maxLength: 5 }), (mix) => {
      const workers = mix.map(({ rate, offered, latenciesMs }) => ({
        ...{ name: 'w', completed: latenciesMs.length, switchesPerRequest: 0, busyShare: 1 },
        ...{ requestsPerSecond: rate, offeredPerSecond: offered },
        latenciesUs: Float64Array.from(latenciesMs, (ms) => 1000 * ms).sort(),
      }))
      const device = { powerW: 300, energyJ: 300, cuUtilization: 1, launches: 0 }
      const metrics = metricsOf(
        { seconds: 1, workers, ...device },
        mix.map(({ solo }) => solo),
      )
      near(
        metrics.weightedSpeedup,
        mix.reduce((speedup, { rate, solo }) => speedup + rate / solo, 0),
      )
      const progress = mix.map(({ rate, solo, offered }) => {
        if (offered === null) return rate / solo
        const alone = offered < solo ? offered : solo
        return rate > alone ? 1 : rate / alone
      })
      const [least, ...rest] = progress.toSorted((a, b) => a - b)
      near(metrics.lowestWorker, least)
      near(metrics.fairness, least / (rest.at(-1) ?? least))
      mix.forEach(({ rate, offered, latenciesMs }, w) => {
        const { p50Ms, p95Ms, p99Ms, utilisation, normalizedThroughput } = metrics.workers[w]
        near(normalizedThroughput, progress[w])
        near(p50Ms, quantileOf(latenciesMs, 0.5))
        near(p95Ms, quantileOf(latenciesMs, 0.95))
        near(p99Ms, quantileOf(latenciesMs, 0.99))
        if (offered === null) assert.equal(utilisation, null)
        else near(utilisation!, offered / rate)
      })
    }),
  )
})

test('idle is only who was offered nothing and completed nothing', () => {
  assert.ok(isIdle({ offeredPerSecond: 0, p95Ms: Number.NaN }))
  assert.ok(!isIdle({ offeredPerSecond: 0, p95Ms: 5 }), 'a request from before the window ended')
  assert.ok(!isIdle({ offeredPerSecond: 10, p95Ms: Number.NaN }), 'no request that came ended')
  assert.ok(!isIdle({ offeredPerSecond: null, p95Ms: Number.NaN }), 'a closed loop always asks')
})
