import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Clock,
  COHORT_END,
  KERNEL_READY,
  kindOf,
  REQUEST_ARRIVAL,
  REQUEST_LAUNCH,
  SAMPLE,
  subjectOf,
  WAKE,
  WARMUP_END,
} from './clock.js'

test('every kind of event comes back with its subject, in order of time', () => {
  const kinds = [
    COHORT_END,
    KERNEL_READY,
    REQUEST_ARRIVAL,
    REQUEST_LAUNCH,
    WARMUP_END,
    WAKE,
    SAMPLE,
  ]
  const clock = new Clock()
  const asked = kinds.flatMap((kind) => [0, 1, 40_000].map((subject) => ({ kind, subject })))
  asked.forEach(({ kind, subject }, i) => {
    clock.schedule(100 - i, kind, subject)
  })
  clock.schedule(Number.POSITIVE_INFINITY, WAKE, 0)
  assert.equal(clock.nextUs, 100 - asked.length + 1)
  const happened = asked.map(() => {
    const event = clock.next()
    return { kind: kindOf(event), subject: subjectOf(event) }
  })
  assert.deepEqual(happened, asked.toReversed())
  assert.equal(clock.nextUs, Number.POSITIVE_INFINITY, 'what is at infinity never happens')
})
