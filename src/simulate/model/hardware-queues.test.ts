import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { catalog } from '../../device/catalog/registry.js'
import { windowOf } from '../../device/partition.js'
import { DATA_FOLDER, loadShippedProfile } from '../../io/library.js'
import { readFile } from '../../io/read.js'
import { mean } from '../../numbers.js'
import { runPlaced, spinChain } from '../chains.test.fixture.js'
import { HardwareQueues } from './hardware-queues.js'

const h200 = catalog.get('h200')!

/** Two workers of three segments with one row each. The second segment is not at home. */
const SEGMENTS = {
  count: 6,
  first: Int32Array.of(0, 3, 6),
  worker: Int32Array.of(0, 0, 0, 1, 1, 1),
  isHome: Uint8Array.of(1, 0, 1, 1, 0, 1),
  ofRow: Int32Array.of(0, 1, 2, 3, 4, 5),
  ofMemsets: new Int32Array(6).fill(-1),
  rows: new Int32Array(6).fill(1),
}

test('the segments in a queue run in the order of their launches', () => {
  const queues = new HardwareQueues(SEGMENTS, 1)
  queues.launch(0)
  queues.launch(1)
  assert.ok(queues.isNext(0))
  assert.ok(!queues.isNext(3))
  assert.equal(queues.end(0), 1)
  assert.equal(queues.end(1), 2)
  assert.equal(queues.end(2), 3, "the other worker's first segment may go on")
  assert.ok(queues.isNext(3))
})

test('with enough queues no worker waits for another, and segments at home share a queue', () => {
  const queues = new HardwareQueues(SEGMENTS, 4)
  queues.launch(0)
  queues.launch(1)
  assert.ok(queues.isNext(0) && queues.isNext(3))
  assert.ok(queues.isNext(1) && queues.isNext(4))
  assert.ok(!queues.isNext(2) && !queues.isNext(5))
  assert.equal(queues.end(0), 2)
})

test('a segment gives way once all of its rows have run', () => {
  const queues = new HardwareQueues({ ...SEGMENTS, rows: new Int32Array(6).fill(3) }, 1)
  queues.launch(0)
  assert.deepEqual([queues.end(0), queues.end(0), queues.end(0)], [-1, -1, 1])
})

test('if no queue is idle, a segment waits in the one that has not been used for longest', () => {
  const queues = new HardwareQueues(SEGMENTS, 3)
  queues.launch(0)
  queues.launch(1)
  assert.ok(queues.isNext(3), 'the third queue was idle')
  assert.ok(
    !queues.isNext(4),
    'behind the segment away from home, used before the last one at home',
  )
  assert.equal(queues.end(1), 4)
})

test("a row waits for its memset nodes' segment, and may stand right behind it", () => {
  const segments = {
    count: 2,
    first: Int32Array.of(0, 2),
    worker: Int32Array.of(0, 0),
    isHome: Uint8Array.of(0, 1),
    ofRow: Int32Array.of(1),
    ofMemsets: Int32Array.of(0),
    rows: Int32Array.of(0, 1),
  }
  const queues = new HardwareQueues(segments, 1)
  queues.launch(0)
  assert.ok(queues.isNext(0))
  assert.equal(queues.passMemsets(0), 1)
  assert.equal(queues.end(0), -1)
})

test('however few queues and many switches there are, every request ends', () => {
  const profiles = ['alexnet', 'vgg19', 'resnext101'].map((model) =>
    loadShippedProfile('h200', model, 1, { file: 'test', path: '' }),
  )
  const home = fc.array(fc.nat({ max: 2 }), { minLength: 40, maxLength: 40 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), home, fc.boolean(), (queueLimit, homes, left) => {
      const results = runPlaced(
        { ...h200, queueLimit },
        profiles,
        (pool, w, k) => pool.pooled(windowOf(5 * w, 2 + homes[(7 * k + w) % homes.length], 16), w),
        { warmupUs: 50_000, durationUs: 150_000, memsets: left ? 'default-context' : 'rehomed' },
      )
      for (const { name, completed } of results) assert.ok(completed > 1, `${name}: ${completed}`)
    }),
    { numRuns: 25 },
  )
})

const recordSchema = z.object({
  lengths: z.array(z.number()),
  runs: z.array(
    z.object({
      connections: z.number(),
      chains: z.array(
        z.object({
          spinUs: z.number(),
          contexts: z.number(),
          period: z.number(),
          rps: z.array(z.number()),
        }),
      ),
    }),
  ),
})
const record = readFile(`${DATA_FOLDER}measured/device/h200-hardware-queues.json`, recordSchema)

/** How long a recorded spin takes on the card that was measured, whose clock is above 1.8 GHz. */
const SPIN_US: Readonly<Record<number, number>> = { 5: 5, 30: 27.9 }

/** How far simulated rates of recorded chains are off, worker by worker, as |log ratio|. */
function chainErrors(connections: number, queueLimit: number): number[] {
  const { chains } = record.runs.find((one) => one.connections === connections)!
  return chains.flatMap(({ spinUs, contexts, period, rps }) => {
    const results = runPlaced(
      { ...h200, queueLimit },
      rps.map((_, w) => spinChain(record.lengths[w], SPIN_US[spinUs])),
      (pool, w, k) => pool.pooled(windowOf(4 * w, 1 + (Math.floor(k / period) % contexts), 16), w),
      { warmupUs: 30_000, durationUs: 150_000 },
    )
    return results.map(({ requestsPerSecond }, w) => Math.abs(Math.log(requestsPerSecond / rps[w])))
  })
}

test('chains in several contexts hold each other up as they do on the hardware', () => {
  const many = chainErrors(32, 32)
  const few = chainErrors(8, 8)
  assert.ok(mean(many) < 0.06, `32 connections: ${mean(many)}`)
  assert.ok(many.filter((error) => error < 0.13).length > 0.9 * many.length)
  assert.ok(mean(few) < 0.16, `8 connections: ${mean(few)}`)
  const unlimited = chainErrors(8, 1000)
  assert.ok(mean(unlimited) > 2 * mean(few), `without a limit: ${mean(unlimited)}`)
})
