import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWallClock } from './clock.js'

test('nobody is woken early, and every sleep takes a turn of the event loop', async () => {
  const clock = startWallClock()
  try {
    for (const lengthUs of [-1000, 0, 50, 400, 3000]) {
      const untilUs = clock.nowUs() + lengthUs
      let turned = false
      setImmediate(() => {
        turned = true
      })
      await clock.sleepUntil(untilUs)
      assert.ok(clock.nowUs() >= untilUs)
      assert.ok(turned)
    }
  } finally {
    clock.stop()
  }
})

test('stopping the clock wakes every sleeper', async () => {
  const clock = startWallClock()
  const sleep = clock.sleepUntil(1e12)
  clock.stop()
  await sleep
  await clock.sleepUntil(1e12)
})
