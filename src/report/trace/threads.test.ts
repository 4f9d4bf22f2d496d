import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KernelSpan } from '../../simulate/result.js'
import { inLanes } from './threads.js'

test('spans of one lane never overlap, and no lane is used without need', () => {
  const span = fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }))
    .map(([startUs, lengthUs]) => ({ startUs, endUs: startUs + lengthUs }) as KernelSpan)
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 30 }), (spans) => {
      const laned = inLanes(spans)
      laned.forEach((a, i) => {
        for (const b of laned.slice(0, i)) {
          const apart = a.endUs <= b.startUs || b.endUs <= a.startUs
          assert.ok(apart || a.lane !== b.lane)
        }
      })
      const together = spans.map(
        ({ startUs: t }) => spans.filter((one) => one.startUs <= t && t < one.endUs).length,
      )
      assert.equal(Math.max(...laned.map(({ lane }) => lane)) + 1, Math.max(...together))
    }),
  )
})
