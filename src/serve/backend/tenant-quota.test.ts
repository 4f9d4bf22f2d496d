import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TenantQuota } from './tenant-quota.js'

const MOST = 60

test('one tenant alone has all the room, and no more', () => {
  const quota = new TenantQuota(() => MOST)
  let entered = 0
  while (quota.hasRoom('a', 1)) {
    quota.enter('a', 1)
    entered++
  }
  assert.equal(entered, MOST)
  quota.leave('a', 1)
  assert.ok(quota.hasRoom('a', 1))
  assert.ok(!quota.hasRoom('a', 2))
})

test('a tenant that floods the room keeps nobody from an even part of it', () => {
  const tenant = fc.constantFrom('a', 'b', 'c')
  const step = fc.record({ tenant, rows: fc.integer({ min: 1, max: 20 }), leaves: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const quota = new TenantQuota(() => MOST)
      const inside: { tenant: string; rows: number }[] = []
      const heldBy = (who: string) =>
        inside.reduce((total, one) => total + (one.tenant === who ? one.rows : 0), 0)
      for (const { tenant: who, rows, leaves } of steps) {
        if (leaves) {
          const left = inside.shift()
          if (left) quota.leave(left.tenant, left.rows)
          continue
        }
        const tenants = new Set([who, ...inside.map((one) => one.tenant)]).size
        const mayEnter = quota.hasRoom(who, rows)
        if (heldBy(who) + rows <= MOST / tenants) assert.ok(mayEnter)
        if (!mayEnter) continue
        quota.enter(who, rows)
        inside.push({ tenant: who, rows })
        assert.ok(heldBy(who) <= MOST)
        // Each newcomer finds an even part free, whatever the others hold: 1 + 1/2 + 1/3 of the quota.
        assert.ok(quota.held <= MOST * (1 + 1 / 2 + 1 / 3))
      }
      assert.equal(
        quota.held,
        inside.reduce((total, { rows }) => total + rows, 0),
      )
    }),
  )
})

test('beside others nobody has more than an even part, however little they hold', () => {
  const quota = new TenantQuota(() => MOST)
  quota.enter('flood', 40)
  quota.enter('c', 5)
  assert.ok(quota.hasRoom('b', 20))
  assert.ok(!quota.hasRoom('b', 21))
})
