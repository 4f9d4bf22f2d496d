import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBusyPolling } from './busy-poll.js'

const SPAN_MS = 40

async function idleMs(): Promise<number> {
  const before = performance.eventLoopUtilization()
  await sleep(SPAN_MS)
  return performance.eventLoopUtilization(before).idle
}

test('the event loop sleeps only while nobody polls', async () => {
  const stop = startBusyPolling()
  try {
    assert.equal(await idleMs(), 0)
  } finally {
    stop()
  }
  // The turn that was under way ends first.
  await sleep(1)
  assert.ok((await idleMs()) > SPAN_MS / 4)
})
