import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventQueue } from '../../event-queue.js'
import { createRandom } from '../../random.js'
import { poissonGaps } from '../arrivals.js'
import { logNormalBatches } from './batch-sizes.js'
import { schedulers } from './registry.js'
import { drawnRequests, recordRequests, replayRequests } from './requests.js'
import { runQueue } from './simulator.js'
import { serviceTable } from './view.js'
import { WallClockScheduler } from './wall-clock.js'

const rows = [2, 1, 1].map((slow) =>
  Float64Array.from({ length: 9 }, (_, b) => (b === 0 ? 0 : slow * (50 + 20 * b))),
)
const table = serviceTable(rows)

for (const kind of schedulers.values()) {
  test(`${kind.name}: the wall clock makes the decisions of the virtual clock`, async () => {
    const random = createRandom(4)
    const batches = logNormalBatches({ median: 3, sigma: 0.8, maxBatch: 8 })
    const record = recordRequests(drawnRequests(2000, poissonGaps(random), batches, random), 2000)
    const virtual = runQueue({
      table,
      scheduler: kind.create(createRandom(9)),
      requests: replayRequests(record),
      ratePerS: 12_000,
      slaUs: 900,
      warmup: 0,
    })

    // A clock that the test turns stands in for the wall clock. Launches resolve when it reaches their end.
    let nowUs = 0
    const served = [0, 0, 0]
    const ends = new EventQueue(table.partitions)
    const running = new Map<number, () => void>()
    const server = new WallClockScheduler<number>({
      table,
      slaUs: 900,
      scheduler: kind.create(createRandom(9)),
      nowUs: () => nowUs,
      run: (partition, requests) => {
        served[partition] += requests.length
        const samples = requests.reduce((total, batch) => total + batch, 0)
        ends.push(nowUs + rows[partition][samples], partition)
        return new Promise((resolve) => running.set(partition, resolve))
      },
    })
    const turnTo = async (timeUs: number): Promise<void> => {
      while (ends.nextUs <= timeUs) {
        nowUs = ends.nextUs
        running.get(ends.pop())!()
        // The continuation of the launch runs in microtasks.
        await new Promise(setImmediate)
      }
      nowUs = timeUs
    }
    const all: Promise<void>[] = []
    let arrivalUs = 0
    for (let i = 0; i < record.gaps.length; i++) {
      if (i > 0) arrivalUs += (record.gaps[i] * 1e6) / 12_000
      await turnTo(arrivalUs)
      all.push(server.submit(record.batches[i], record.batches[i]))
    }
    await turnTo(Number.MAX_SAFE_INTEGER)
    await Promise.all(all)
    assert.deepEqual(served, [...virtual.served])
  })
}

test('a failed launch rejects its requests and frees the partition', async () => {
  let fails = true
  const server = new WallClockScheduler<string>({
    table: serviceTable([[0, 10]]),
    slaUs: 100,
    scheduler: [...schedulers.values()][0].create(createRandom(1)),
    nowUs: () => 0,
    run: async () => {
      if (fails) throw new Error('out of memory')
    },
  })
  await assert.rejects(server.submit('a', 1), /out of memory/)
  fails = false
  await server.submit('b', 1)
})
