import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { callAt, callSoonAfter } from './alarm.js'
import { nowUs } from './now.js'

/** How late such an alarm goes off, in µs. */
function lateUs(call: typeof callAt, delayUs: number): Promise<number> {
  const timeUs = nowUs() + delayUs
  return new Promise((resolve) => call(timeUs, () => resolve(nowUs() - timeUs)))
}

/** Alarms do not keep a process alive, so something else has to. */
async function whileAwake<T>(work: () => Promise<T>): Promise<T> {
  const awake = setInterval(() => {}, 1000)
  try {
    return await work()
  } finally {
    clearInterval(awake)
  }
}

test('no alarm goes off early', async () => {
  await whileAwake(async () => {
    for (const delayUs of [0, 300, 1700, 3200]) assert.ok((await lateUs(callAt, delayUs)) >= 0)
  })
})

test('an alarm goes off on a later turn of the event loop, even if its time is past', async () => {
  for (const call of [callAt, callSoonAfter]) {
    let went = 0
    call(nowUs() - 1000, () => went++)
    assert.equal(went, 0)
    await sleep(20)
    assert.equal(went, 1)
  }
})

test('a cancelled alarm does not go off, whether it sleeps or turns', async () => {
  for (const call of [callAt, callSoonAfter]) {
    for (const [delayUs, afterMs] of [
      [1000, 0],
      [9000, 0],
      [9000, 8],
    ]) {
      let went = 0
      const cancel = call(nowUs() + delayUs, () => went++)
      if (afterMs > 0) await sleep(afterMs)
      if (went > 0) continue
      cancel()
      await sleep(15)
      assert.equal(went, 0)
    }
  }
})

test('an alarm that is months away waits without an overflow of timers', async () => {
  const soon = Promise.race([lateUs(callAt, 1e13).then(() => 'rang'), sleep(20, 'silent')])
  assert.equal(await soon, 'silent')
})

/** A clock that stands still, and a note of every timer and turn of the event loop that is asked for. */
function stillClock(t: TestContext) {
  let us = 5e6
  const asked: (number | 'turn')[] = []
  let wake = () => {}
  t.mock.method(performance, 'now', () => us / 1000)
  t.mock.method(globalThis, 'setTimeout', (callback: () => void, delayMs: number) => {
    asked.push(delayMs)
    wake = callback
    return { unref: () => ({}) }
  })
  t.mock.method(globalThis, 'setImmediate', (callback: () => void) => {
    asked.push('turn')
    wake = callback
  })
  return {
    asked,
    us: () => us,
    wakeAt: (laterUs: number) => {
      us = laterUs
      wake()
    },
  }
}

test('an alarm sleeps until 1.5 ms before its time and turns the event loop from then on', (t) => {
  const clock = stillClock(t)
  const timeUs = clock.us() + 4000
  let went = 0
  callAt(timeUs, () => went++)
  // A timer that goes off too soon is asked for again; one that is late costs turns.
  for (const atUs of [-2000, -1500, -1, 0]) {
    assert.equal(went, 0)
    clock.wakeAt(timeUs + atUs)
  }
  assert.equal(went, 1)
  assert.deepEqual(clock.asked, [2.5, 0.5, 'turn', 'turn'])
})

test('an alarm that may be late sleeps for the time in between, at most as long as a timer can', (t) => {
  const clock = stillClock(t)
  for (const delayUs of [4000, -4000, 1e15]) callSoonAfter(clock.us() + delayUs, () => {})
  assert.deepEqual(clock.asked, [4, 0, 2 ** 31 - 1])
})
