import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mpsShare } from './client.js'

test('clients get eight hardware queues each, fewer where all together would have more than 96', () => {
  const queues = [1, 12, 13, 24, 25, 96, 200].map(
    (clients) => mpsShare(40, clients).CUDA_DEVICE_MAX_CONNECTIONS,
  )
  assert.deepEqual(queues, ['8', '8', '7', '4', '3', '1', '1'])
})
