import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordStreams } from './evaluate.js'

test('every replication has requests of its own, the same for a seed and others for another', () => {
  const streams = (seed: number) =>
    recordStreams(
      { requests: 50, replications: 3, tolerance: 0.01, seed },
      Float64Array.of(0, 0.5, 0.5),
    ).map((record) => JSON.stringify(record))
  assert.deepEqual(streams(1), streams(1))
  assert.equal(new Set([...streams(1), ...streams(2), ...streams(3)]).size, 9)
})
