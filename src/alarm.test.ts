import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('an alarm that has to be on time is hardly late, though timers count whole milliseconds', async () => {
  // A busy machine holds some of them up, so the earliest of many is looked at.
  const late = await whileAwake(async () => {
    const found: number[] = []
    for (let i = 0; i < 30; i++) found.push(await lateUs(callAt, 300), await lateUs(callAt, 3400))
    return found
  })
  const short = late.filter((_, i) => i % 2 === 0)
  const long = late.filter((_, i) => i % 2 === 1)
  assert.ok(Math.min(...short) < 200, `${short}`)
  assert.ok(Math.min(...long) < 200, `${long}`)
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
