import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MergedArrivals } from './merged-arrivals.js'

const stream = fc.record({
  /** In eighths of a second at a rate of 1, so that sums are exact. */
  gaps: fc.array(fc.nat(16), { minLength: 20, maxLength: 20 }),
  ratePerS: fc.constantFrom(0.5, 1, 4),
})

test('several streams become one in order of time, each with the gaps that it has at its rate, whether or not they are counted before', () => {
  fc.assert(
    fc.property(
      fc.array(stream, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 20 }),
      (streams, every) => {
        const all = streams.flatMap(({ gaps, ratePerS }, owner) => {
          let atUs = 0
          return gaps.map((gap) => {
            atUs += ((gap / 8) * 1e6) / ratePerS
            return { owner, atUs }
          })
        })
        all.sort((a, b) => a.atUs - b.atUs || a.owner - b.owner)
        const arrivals = new MergedArrivals(
          streams.map(({ gaps, ratePerS }) => {
            const values = gaps.map((gap) => gap / 8).values()
            return { ratePerS, gaps: { next: () => values.next().value ?? Infinity } }
          }),
        )
        const merged = all.map((_, taken) => {
          if (taken % every === every - 1) {
            streams.forEach((_, one) => {
              const left = all
                .slice(taken)
                .filter(({ owner, atUs }) => owner === one && atUs <= 4e6)
              assert.equal(arrivals.countUntil(4e6, one), left.length)
            })
          }
          const atUs = arrivals.nextUs
          return { owner: arrivals.take(), atUs }
        })
        assert.deepEqual(merged, all)
      },
    ),
  )
})
