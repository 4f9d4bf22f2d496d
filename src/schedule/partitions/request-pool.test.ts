import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NONE, RequestPool } from './request-pool.js'

test('requests keep their data while others come and go, in as few slots as possible', () => {
  const action = fc.oneof(fc.constant('take' as const), fc.record({ release: fc.nat(3) }))
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 80 }),
      fc.integer({ min: 1, max: 4 }),
      (actions, capacity) => {
        const pool = new RequestPool(capacity)
        const held = new Map<number, number>()
        let most = 0
        actions.forEach((one, tag) => {
          if (one === 'take') {
            const slot = pool.take(tag / 2, tag + 1, tag)
            assert.ok(!held.has(slot))
            assert.equal(pool.next[slot], NONE)
            held.set(slot, tag)
          } else {
            const slot = [...held.keys()][one.release]
            if (slot === undefined) return
            held.delete(slot)
            pool.release(slot)
          }
          most = Math.max(most, held.size)
          for (const [slot, owner] of held) {
            const kept = [pool.arrivalUs[slot], pool.batch[slot], pool.tag[slot], pool.next[slot]]
            assert.deepEqual(kept, [owner / 2, owner + 1, owner, NONE])
          }
        })
        assert.ok(pool.capacity < Math.max(capacity + 1, 2 * most))
      },
    ),
  )
})
