import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConnectionLimit } from './connection-limit.js'

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
      const limit = new ConnectionLimit<number>(MOST, (one) => !busy.has(one))
      // As a list, in which the connection that asked last comes last.
      let open: number[] = []
      const without = (one: number): number[] => open.filter((other) => other !== one)
      for (const { kind, who } of events) {
        const isOpen = open.includes(who)
        if (kind === 'come' && !isOpen) {
          busy.delete(who)
          open.push(who)
          const idle = open.find((one) => !busy.has(one))
          const expected = open.length > MOST ? idle : undefined
          assert.equal(limit.add(who), expected)
          if (expected !== undefined) open = without(expected)
        } else if (kind === 'ask') {
          busy.add(who)
          limit.used(who)
          if (isOpen) open = [...without(who), who]
        } else if (kind === 'answer') {
          busy.delete(who)
        } else if (kind === 'leave') {
          limit.remove(who)
          open = without(who)
        }
        assert.deepEqual([...limit.open], open)
        assert.ok(open.length <= MOST)
      }
    }),
  )
})
