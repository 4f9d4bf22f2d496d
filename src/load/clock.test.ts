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

test('a sleeper leaves the event loop alone until its time has almost come', async () => {
  const clock = startWallClock()
  try {
    // The thread has to start before it can wake anybody.
    await clock.sleepUntil(clock.nowUs() + 1000)
    const busy: number[] = []
    // Another process may hold this one up in any of the sleeps, but hardly in all.
    for (let i = 0; i < 3; i++) {
      const before = performance.eventLoopUtilization()
      await clock.sleepUntil(clock.nowUs() + 100_000)
      busy.push(performance.eventLoopUtilization(before).utilization)
    }
    assert.ok(Math.min(...busy) < 0.5, `${busy}`)
  } finally {
    clock.stop()
  }
})
