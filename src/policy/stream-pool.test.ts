import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { mi50 } from '../device/catalog/mi50.js'
import { catalog } from '../device/catalog/registry.js'
import { cusOf, type Device, totalCus } from '../device/device.js'
import { isSubsetOf } from '../device/partition.js'
import { streamPool } from './stream-pool.js'

/** The shader engines (counted from 1) that each stream of each worker takes on the MI50. */
function engines(workers: number): number[][][] {
  return streamPool(mi50, workers, 'device').map((streams) =>
    streams.map(({ granules }) => [...new Set(granules.map((g) => mi50.granules[g].cluster + 1))]),
  )
}

test('the pool for 2 workers on the MI50 is the published one', () => {
  assert.deepEqual(engines(2), [
    [[1], [1, 3], [1, 2, 3], [1, 2, 3, 4]],
    [[4], [2, 4], [2, 3, 4], [1, 2, 3, 4]],
  ])
})

test('the pool for 3 workers on the MI50 has the published sizes', () => {
  for (const streams of streamPool(mi50, 3, 'device')) {
    assert.deepEqual(
      streams.map(({ granules }) => granules.length),
      [30, 45, 60],
    )
  }
})

test('the default stream is shared on AMD and private on NVIDIA', () => {
  assert.deepEqual(
    streamPool(mi50, 2, 'device').map((streams) => streams.at(-1)?.owner),
    [null, null],
  )
  assert.deepEqual(
    streamPool(h200, 2, 'device').map((streams) => streams.at(-1)?.owner),
    [0, 1],
  )
})

for (const device of catalog.values()) {
  for (let workers = 1; workers <= 16; workers++) {
    test(`${workers} workers on ${device.name}: at most 7 masked streams, one or more each`, () => {
      const pool = streamPool(device, workers, 'device')
      const masked = pool.flatMap((streams) => streams.slice(0, -1))
      const distinct = new Set(masked.map((s) => `${s.owner}:${s.granules}`))
      assert.ok(distinct.size <= 7, `${distinct.size} masked streams`)
      pool.forEach((streams, w) => {
        const cus = streams.map(({ granules }) => cusOf(device, granules))
        assert.ok(streams.length >= 2)
        assert.deepEqual(
          cus,
          [...new Set(cus)].sort((a, b) => a - b),
          'ascending, distinct',
        )
        assert.equal(cus.at(-1), totalCus(device))
        for (const { owner } of streams) assert.ok(owner === null || owner === w)
      })
    })
  }
}

test('the streams of a worker are nested for 2 workers, so a larger one keeps what a smaller one has', () => {
  for (const device of catalog.values()) {
    for (const streams of streamPool(device, 2, 'device')) {
      for (let s = 1; s < streams.length; s++) {
        assert.ok(isSubsetOf(streams[s - 1].granules, streams[s].granules))
      }
    }
  }
})

test('fewer queues give fewer streams, and more workers than streams share them', () => {
  const small: Device = { ...h200, queueLimit: 3 }
  const pool = streamPool(small, 4, 'device')
  assert.deepEqual(
    pool.map((streams) => streams[0].owner),
    [null, 1, 2, null],
  )
  assert.deepEqual(pool[0][0].granules, pool[3][0].granules)
})

test('up to seven workers have masked streams of their own, and further ones share those of the first', () => {
  const owners = (workers: number) =>
    streamPool(h200, workers, 'device').map((streams) => streams[0].owner)
  assert.deepEqual(owners(7), [0, 1, 2, 3, 4, 5, 6])
  assert.deepEqual(owners(9), [null, null, 2, 3, 4, 5, 6, null, null])
})

test('a pool without masked streams leaves the default stream', () => {
  for (const streams of streamPool(h200, 3, 0)) assert.equal(streams.length, 1)
})

test('a pool with a given number of streams has that many, as long as there are sizes', () => {
  const counted = (workers: number, asked: number): number =>
    streamPool(mi50, workers, asked).flatMap((streams) => streams.slice(0, -1)).length
  for (const asked of [1, 2, 3, 4, 5, 6]) {
    assert.equal(counted(2, asked), asked < 2 ? 2 : asked, `${asked} of 2 workers`)
    assert.equal(counted(3, asked), Math.max(3, asked), `${asked} of 3 workers`)
  }
  assert.deepEqual(
    [7, 8, 9, 10].map((asked) => counted(3, asked)),
    [7, 8, 9, 9],
  )
  assert.deepEqual(streamPool(mi50, 2, 6), streamPool(mi50, 2, 'device'))
})
