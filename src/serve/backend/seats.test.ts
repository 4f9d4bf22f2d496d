import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Seats } from './seats.js'

const MOST = 3
const EVENTS = fc.array(
  fc.record({
    kind: fc.constantFrom('come' as const, 'ask' as const, 'answer' as const, 'leave' as const),
    who: fc.nat(7),
  }),
  { maxLength: 60 },
)

test('the connection that has been idle longest makes room, or the newcomer goes if none is idle', () => {
  fc.assert(
    fc.property(EVENTS, (events) => {
      const busy = new Set<number>()
      const seats = new Seats<number>(MOST, (one) => !busy.has(one))
      // As a list, in which the connection that asked last comes last.
      let seated: number[] = []
      const without = (one: number): number[] => seated.filter((other) => other !== one)
      for (const { kind, who } of events) {
        const isSeated = seated.includes(who)
        if (kind === 'come' && !isSeated) {
          busy.delete(who)
          seated.push(who)
          const idle = seated.find((one) => !busy.has(one))
          const expected = seated.length > MOST ? idle : undefined
          assert.equal(seats.take(who), expected)
          if (expected !== undefined) seated = without(expected)
        } else if (kind === 'ask') {
          busy.add(who)
          seats.asked(who)
          if (isSeated) seated = [...without(who), who]
        } else if (kind === 'answer') {
          busy.delete(who)
        } else if (kind === 'leave') {
          seats.leave(who)
          seated = without(who)
        }
        assert.deepEqual([...seats.taken], seated)
        assert.ok(seated.length <= MOST)
      }
    }),
  )
})
