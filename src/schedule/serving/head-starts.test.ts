import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeadStarts } from './head-starts.js'
import type { ServedModel } from './setup.js'

const MODEL = { headStartUs: 30, quantile: 0.99, targetUs: 1000 } as ServedModel

function headStarts(evenMisses: boolean): HeadStarts {
  const setup = { models: [MODEL], instances: [0], concurrency: 1, levels: 1 }
  return new HeadStarts({ ...setup, evenMisses, estimateUs: () => 0 })
}

test('a missed target gives a head start, and each later request takes a hundredth of it', () => {
  const starts = headStarts(true)
  starts.note(0, true)
  assert.ok(Math.abs(starts.ofModelUs(0) - 180) < 1e-9)
  for (let request = 0; request < 100; request++) starts.note(0, false)
  assert.ok(Math.abs(starts.ofModelUs(0) - (30 + 150 * 0.99 ** 100)) < 1e-9)
})

test('misses add at most the whole target to a head start, and nothing unless they are evened out', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (misses) => {
      const [even, plain] = [headStarts(true), headStarts(false)]
      for (const isMissed of misses) {
        even.note(0, isMissed)
        plain.note(0, isMissed)
        assert.ok(even.ofModelUs(0) >= 30 && even.ofModelUs(0) <= 1030)
        assert.equal(plain.ofModelUs(0), 30)
      }
    }),
  )
})
