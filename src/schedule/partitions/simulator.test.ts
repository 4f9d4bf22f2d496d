import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../../errors.js'
import { sum } from '../../numbers.js'
import { createRandom } from '../../random.js'
import { constantGaps, poissonGaps } from '../arrivals.js'
import { logNormalBatches, weightedBatches } from './batch-sizes.js'
import { schedulerNamed, schedulers } from './registry.js'
import { drawnRequests, recordRequests, replayRequests, withEstimateNoise } from './requests.js'
import type { SchedulerKind } from './scheduler.js'
import { type QueueResult, runQueue } from './simulator.js'
import { serviceTable } from './view.js'

const ONE = weightedBatches([[1, 1]], 1, 'test')

/** Factors that make service times exponential. */
function exponential(count: number, seed: number): Float64Array {
  const random = createRandom(seed)
  return Float64Array.from({ length: count }, () => random.exponential(1))
}

/** One server with a mean service time of 100 us, at this utilisation, with Poisson arrivals. */
function singleServer(
  utilisation: number,
  count: number,
  service: 'exponential' | 'constant',
): QueueResult {
  const random = createRandom(11)
  return runQueue({
    table: serviceTable([[0, 100]]),
    scheduler: schedulerNamed('fifs').create(createRandom(1)),
    requests: drawnRequests(count, poissonGaps(random), ONE, random),
    ratePerS: utilisation * 10_000,
    slaUs: 1000,
    warmup: 10_000,
    ...(service === 'exponential' && { slowdowns: exponential(count, 12) }),
  })
}

test('M/M/1: mean wait is rho / (1 - rho) services, within 2%', () => {
  for (const [rho, count] of [
    [0.5, 1_500_000],
    [0.8, 4_000_000],
  ] as const) {
    const expectedUs = (100 * rho) / (1 - rho)
    const { meanWaitUs } = singleServer(rho, count, 'exponential')
    assert.ok(Math.abs(meanWaitUs / expectedUs - 1) < 0.02, `${meanWaitUs} for ${expectedUs}`)
  }
})

test('M/D/1: mean wait is rho / (2 (1 - rho)) services, within 2%', () => {
  for (const [rho, count] of [
    [0.5, 1_000_000],
    [0.8, 3_000_000],
  ] as const) {
    const expectedUs = (100 * rho) / (2 * (1 - rho))
    const { meanWaitUs } = singleServer(rho, count, 'constant')
    assert.ok(Math.abs(meanWaitUs / expectedUs - 1) < 0.02, `${meanWaitUs} for ${expectedUs}`)
  }
})

test('M/G/1 with estimates off by half: mean wait is rho (1 + s^2) / (2 (1 - rho)) services', () => {
  const noise = 0.5
  const rho = 0.7
  const count = 1_500_000
  const random = createRandom(31)
  const drawn = drawnRequests(count, poissonGaps(random), ONE, random)
  const record = withEstimateNoise(recordRequests(drawn, count), noise, random)
  const { meanWaitUs } = runQueue({
    table: serviceTable([[0, 100]]),
    scheduler: schedulerNamed('elsa').create(createRandom(1)),
    requests: replayRequests(record),
    slowdowns: record.slowdowns,
    ratePerS: rho * 10_000,
    slaUs: 1000,
    warmup: 10_000,
  })
  const expectedUs = (100 * rho * (1 + noise ** 2)) / (2 * (1 - rho))
  assert.ok(Math.abs(meanWaitUs / expectedUs - 1) < 0.02, `${meanWaitUs} for ${expectedUs}`)
})

test('without noise a record stays as it is', () => {
  const record = { gaps: Float64Array.of(1, 1), batches: Int32Array.of(1, 1) }
  assert.equal(withEstimateNoise(record, 0, createRandom(1)), record)
  assert.equal(withEstimateNoise(record, 0.1, createRandom(1)).slowdowns?.length, 2)
})

test('M/M/2 through least-loaded partitions: Erlang C within 2%', () => {
  // One shared queue before two servers: P(wait) = C(2, 1.4), mean wait = C / (2 - 1.4) services.
  const random = createRandom(21)
  const load = 1.4
  const count = 2_000_000
  const busy = load ** 2 / 2 / (1 - load / 2)
  const erlangC = busy / (1 + load + busy)
  const { meanWaitUs } = runQueue({
    table: serviceTable([
      [0, 100],
      [0, 100],
    ]),
    scheduler: schedulerNamed('fifs').create(createRandom(1)),
    requests: drawnRequests(count, poissonGaps(random), ONE, random),
    ratePerS: load * 10_000,
    slaUs: 1000,
    warmup: 10_000,
    slowdowns: exponential(count, 22),
  })
  const expectedUs = (100 * erlangC) / (2 - load)
  assert.ok(Math.abs(meanWaitUs / expectedUs - 1) < 0.02, `${meanWaitUs} for ${expectedUs}`)
})

test('constant arrivals at half the service rate never wait', () => {
  const result = runQueue({
    table: serviceTable([[0, 100]]),
    scheduler: schedulerNamed('elsa').create(createRandom(1)),
    requests: drawnRequests(1000, constantGaps(), ONE, createRandom(1)),
    ratePerS: 5000,
    slaUs: 100,
    warmup: 0,
  })
  assert.equal(result.meanWaitUs, 0)
  assert.equal(result.late, 0)
  assert.equal(result.latency.max, 100)
  assert.equal(sum(result.busyUs), 100_000)
  // From the first arrival to the end of the last request.
  assert.equal(result.durationUs, 999 * 200 + 100)
})

test('a launch that ends when a request comes ends first, so that its partition is idle again', () => {
  const { served } = runQueue({
    table: serviceTable([
      [0, 100],
      [0, 100],
    ]),
    scheduler: schedulerNamed('fifs').create(createRandom(1)),
    requests: drawnRequests(50, constantGaps(), ONE, createRandom(1)),
    ratePerS: 10_000,
    slaUs: 1000,
    warmup: 0,
  })
  assert.deepEqual([...served], [50, 0])
})

test('a launch takes longer by the factor of its oldest request', () => {
  // The second and the third request come while the first one runs, and then share a launch.
  const { durationUs } = runQueue({
    table: serviceTable([[0, 100, 100]]),
    scheduler: schedulerNamed('batching').create(createRandom(1)),
    requests: replayRequests({ gaps: Float64Array.of(0, 1, 1), batches: Int32Array.of(1, 1, 1) }),
    slowdowns: Float64Array.of(1, 3, 5),
    ratePerS: 100_000,
    slaUs: 1e6,
    warmup: 0,
  })
  assert.equal(durationUs, 100 + 3 * 100)
})

const batches = logNormalBatches({ median: 4, sigma: 0.9, maxBatch: 16 })
const rows = [3, 2, 2, 1].map((slow) =>
  Float64Array.from({ length: 17 }, (_, b) => (b === 0 ? 0 : slow * (50 + 20 * b))),
)

function mixed(kind: SchedulerKind, count: number): QueueResult {
  const random = createRandom(5)
  return runQueue({
    table: serviceTable(rows),
    scheduler: kind.create(createRandom(6)),
    requests: drawnRequests(count, poissonGaps(random), batches, random),
    ratePerS: 8000,
    slaUs: 2000,
    warmup: 0,
  })
}

for (const kind of schedulers.values()) {
  test(`${kind.name}: every request is served once, and runs repeat exactly`, () => {
    const result = mixed(kind, 20_000)
    assert.equal(result.counted, 20_000)
    assert.equal(sum(result.served), 20_000)
    const again = mixed(kind, 20_000)
    assert.equal(again.meanWaitUs, result.meanWaitUs)
    assert.deepEqual(again.busyUs, result.busyUs)
  })
}

test('memory does not grow with the number of requests', () => {
  const elsa = schedulerNamed('elsa')
  assert.equal(mixed(elsa, 400_000).poolCapacity, mixed(elsa, 20_000).poolCapacity)
})

test('a rate must be above 0', () => {
  const requests = drawnRequests(1, constantGaps(), ONE, createRandom(1))
  const scheduler = schedulerNamed('fifs').create(createRandom(1))
  for (const ratePerS of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const run = {
      table: serviceTable([[0, 1]]),
      scheduler,
      requests,
      ratePerS,
      slaUs: 1,
      warmup: 0,
    }
    assert.throws(() => runQueue(run), InputError)
  }
})
