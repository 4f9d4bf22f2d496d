import assert from 'node:assert/strict'
import { test } from 'node:test'
import { within } from './within.js'

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('a promise is waited for as long as it may take, and no timer is left', async () => {
  const before = timers()
  assert.equal(await within(60_000, Promise.resolve(3)), 3)
  await assert.rejects(within(60_000, Promise.reject(new Error('failed'))), /failed/)
  assert.equal(timers(), before)
  assert.equal(await within(10, new Promise(() => {})), undefined)
})
