import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import { constantGaps, poissonGaps } from '../arrivals.js'
import { weightedBatches } from './batch-sizes.js'
import { type CapacityQuestion, findCapacity, meetsTarget } from './capacity.js'
import { schedulerNamed } from './registry.js'
import { drawnRequests, type RequestRecord, recordRequests } from './requests.js'
import { serviceTable } from './view.js'

const ONE = weightedBatches([[1, 1]], 1, 'test')

function poissonRecord(seed: number, count: number): RequestRecord {
  const random = createRandom(seed)
  return recordRequests(drawnRequests(count, poissonGaps(random), ONE, random), count)
}

function question(slaUs: number, replications: RequestRecord[]): CapacityQuestion {
  return {
    table: serviceTable([[0, 100]]),
    scheduler: schedulerNamed('fifs'),
    slaUs,
    quantile: 0.95,
    replications,
    tolerance: 0.002,
  }
}

test('constant arrivals carry exactly the service rate, a third less if launches take half as long again', () => {
  const record = recordRequests(drawnRequests(4000, constantGaps(), ONE, createRandom(1)), 4000)
  const slower = { ...record, slowdowns: new Float64Array(4000).fill(1.5) }
  const [asExpected, asSlower] = [record, slower].map(
    (one) => findCapacity(question(150, [one])).ratePerS,
  )
  assert.ok(Math.abs(asExpected / 10_000 - 1) < 0.01, `${asExpected}`)
  assert.ok(Math.abs(asSlower / 6667 - 1) < 0.01, `${asSlower}`)
})

test('a target below the service time cannot be met at any rate', () => {
  assert.equal(
    findCapacity(question(99, [poissonRecord(1, 2000), poissonRecord(2, 2000)])).ratePerS,
    0,
  )
})

/** Requests that come in pairs, the second this many mean gaps after the first. */
function inPairs(within: number): RequestRecord {
  const gaps = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? within : 2 - within))
  return { gaps, batches: new Int32Array(400).fill(1) }
}

/** For a target of 150 µs. The second request waits for the first, unless it comes at least 50 µs after it. */
function isCapacityOfPairs(ratePerS: number, within: number): boolean {
  const expected = (within * 1e6) / 50
  return ratePerS > expected * 0.995 && ratePerS <= expected * 1.0001
}

test('a rate far below the capacity of the partition is found', () => {
  for (const within of [0.1, 0.01, 0.001]) {
    const { ratePerS } = findCapacity(question(150, [inPairs(within)]))
    assert.ok(isCapacityOfPairs(ratePerS, within), `${ratePerS}`)
  }
})

test('each replication has its own capacity, however far it is from those before it', () => {
  const all = [0.001, 0.1, 0.01]
  const { perReplication } = findCapacity(question(150, all.map(inPairs)))
  perReplication.forEach((rate, i) => {
    assert.ok(isCapacityOfPairs(rate, all[i]), `${rate}`)
  })
})

test('the answer meets the target, and a slightly higher rate does not', () => {
  const records = [1, 2, 3].map((seed) => poissonRecord(seed, 5000))
  const asked = question(400, records)
  const { perReplication, ratePerS, halfWidthPerS } = findCapacity(asked)
  perReplication.forEach((rate, i) => {
    assert.ok(meetsTarget(asked, records[i], rate))
    assert.ok(!meetsTarget(asked, records[i], rate * 1.01))
  })
  assert.ok(halfWidthPerS > 0 && halfWidthPerS < ratePerS)
})

test('M/M/1-like: a looser target carries more', () => {
  const records = [poissonRecord(1, 5000)]
  const rates = [150, 300, 600, 1200].map((sla) => findCapacity(question(sla, records)).ratePerS)
  rates.slice(1).forEach((rate, i) => {
    assert.ok(rate > rates[i])
  })
})

test('the first tenth of a stream does not count, what comes after it does', () => {
  // 100 requests of 100 us with 3 ms between them; those at the given places come together.
  const meets = (together: readonly number[], quantile = 0.95): boolean => {
    const gaps = Float64Array.from({ length: 100 }, (_, i) => (together.includes(i) ? 0 : 1))
    const record = { gaps, batches: new Int32Array(100).fill(1) }
    return meetsTarget({ ...question(150, [record]), quantile }, record, 1e6 / 3000)
  }
  // Of the 90 that count, 4 may be late. Five gaps of 0 make a burst with one request in time and 5 late.
  assert.ok(meets([1, 2, 3, 4, 5]))
  assert.ok(!meets([11, 12, 13, 14, 15]))
  assert.ok(meets([11, 12, 13, 14]))
  // At 90%, 9 may be late.
  const places = Array.from({ length: 10 }, (_, i) => 20 + i)
  assert.ok(meets(places.slice(1), 0.9))
  assert.ok(!meets(places, 0.9))
})
