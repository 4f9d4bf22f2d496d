import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 2
/** A worker process takes a while to come up on a busy machine. */
const PATIENCE_MS = 120_000

/** Resolves once something is so. A test that waited for it in vain would never end, so this fails after a while. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, `not so after ${PATIENCE_MS / 1000} s: ${isSo}`)
    await sleep(LOOK_EVERY_MS)
  }
}

/** What a process has printed once a pattern is in it. Fails where it ends without it, and as {@link until} does. */
export async function said(from: Readable, pattern: RegExp): Promise<string> {
  let text = ''
  const take = (piece: Buffer): void => {
    text += piece
  }
  from.on('data', take)
  await until(() => pattern.test(text) || from.readableEnded)
  from.off('data', take)
  assert.match(text, pattern)
  return text
}
