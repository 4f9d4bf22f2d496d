import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WorkError } from '../errors.js'
import type { MaskedStream, PartitionedDevice } from './partitioned-device.js'
import { createStreamPool } from './stream-pool.js'

const granules = [{}, {}, {}] as unknown as PartitionedDevice['granules']

/** Makes pools whose streams only note what becomes of them. `fails` says whether a partition gets none. */
function pooling(fails: (partition: readonly number[]) => boolean = () => false) {
  const log: string[] = []
  const poolOf = (...partitions: number[][]) =>
    createStreamPool(granules, partitions, (partition) => {
      if (fails(partition)) throw new Error('no stream')
      log.push(`open ${partition}`)
      return { close: () => log.push(`close ${partition}`) } as unknown as MaskedStream & {
        close(): void
      }
    })
  return { log, poolOf }
}

test('a pool has a stream for each partition, in their order, and closes all of them', () => {
  const { log, poolOf } = pooling()
  const pool = poolOf([0], [1, 2], [0])
  assert.equal(pool.streams.length, 3)
  assert.deepEqual(log, ['open 0', 'open 1,2', 'open 0'])
  pool.close()
  assert.deepEqual(log.slice(3), ['close 0', 'close 1,2', 'close 0'])
})

test('if a stream cannot be made, those made before it are closed', () => {
  const { log, poolOf } = pooling(([first]) => first === 2)
  assert.throws(() => poolOf([0], [1], [2], [0]), /no stream/)
  assert.deepEqual(log, ['open 0', 'open 1', 'close 0', 'close 1'])
})

test('a partition has at least one granule, and only those of the device', () => {
  const cases: [number[], string][] = [
    [[], 'a partition needs at least one granule'],
    [[0, 3], 'the device has granules 0 to 2, not 3'],
  ]
  for (const [partition, message] of cases) {
    const { log, poolOf } = pooling()
    assert.throws(() => poolOf([0], partition), new WorkError(message))
    assert.deepEqual(log, ['open 0', 'close 0'])
  }
})
