import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schedulerNamed } from '../schedule/partitions/registry.js'
import { experienceAt, recordStreams } from './evaluate.js'
import { latencyModelOf } from './latency-model.js'
import type { Partitioning, PartitionProblem } from './partitioners/partitioner.js'

test('every replication has requests of its own, the same for a seed and others for another', () => {
  const streams = (seed: number) =>
    recordStreams(
      { requests: 50, replications: 3, tolerance: 0.01, seed },
      Float64Array.of(0, 0.5, 0.5),
    ).map((record) => JSON.stringify(record))
  assert.deepEqual(streams(1), streams(1))
  assert.equal(new Set([...streams(1), ...streams(2), ...streams(3)]).size, 9)
})

test('what requests and partitions experience, checked by hand', () => {
  const points = [
    { cus: 16, batch: 1, latencyUs: 100 },
    { cus: 48, batch: 1, latencyUs: 40 },
  ]
  const latency = latencyModelOf('m', 'test', points, 'test')
  const distribution = Float64Array.of(0, 1)
  const partitioning: Partitioning = {
    ...{ name: 'p', kind: 'soft' },
    partitions: [
      { gpu: 0, name: 'small', cus: 16, slowdown: 1 },
      { gpu: 0, name: 'large', cus: 48, slowdown: 1.25 },
    ],
  }
  // One request every 100 us, which the large partition serves in 1.25 times 40 us. The first two do not count.
  const stream = { gaps: new Float64Array(20).fill(1), batches: new Int32Array(20).fill(1) }
  const experience = (slaUs: number) => {
    const problem = { latency, distribution, slaUs } as unknown as PartitionProblem
    const pair = { partitioning, scheduler: schedulerNamed('fifs') }
    return experienceAt(10_000, pair, problem, stream)
  }
  const { utilisation, byPartition, lateShare, meanWaitUs, p99Us } = experience(50)
  const busy = (20 * 50) / (19 * 100 + 50)
  assert.ok(Math.abs(utilisation - (busy * 48) / 64) < 1e-12, `${utilisation}`)
  assert.deepEqual(byPartition, [
    { name: 'small', count: 1, requestShare: 0, utilisation: 0 },
    { name: 'large', count: 1, requestShare: 1, utilisation: busy },
  ])
  assert.deepEqual([lateShare, meanWaitUs, p99Us], [0, 0, 50])
  assert.equal(experience(49).lateShare, 1)
})
