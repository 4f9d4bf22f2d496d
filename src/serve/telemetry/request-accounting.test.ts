import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ENDINGS, Refusal, type RefusalReason } from '../refusal.js'
import { RequestAccounting } from './request-accounting.js'

const REASONS = Object.keys(ENDINGS) as RefusalReason[]

test('a request ends once, in the accounts of its model and its tenant', () => {
  const step = fc.record({
    model: fc.constantFrom('a', 'b', ''),
    tenant: fc.constantFrom('x', 'y', undefined),
    ends: fc.array(fc.constantFrom(undefined, ...REASONS), { maxLength: 3 }),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const accounting = new RequestAccounting()
      for (const { model, tenant, ends } of steps) {
        const entry = accounting.open(model)
        if (tenant !== undefined) accounting.identify(entry, tenant)
        for (const reason of ends) {
          if (reason === undefined) entry.answered()
          else entry.refused(new Refusal(reason, ''))
        }
      }
      for (const [accounts, owner] of [
        [accounting.byModel, 'model'],
        [accounting.byTenant, 'tenant'],
      ] as const) {
        for (const [name, account] of accounts) {
          const own = steps.filter((one) => one[owner] === name)
          assert.equal(account.received, own.length)
          assert.equal(account.open, own.filter(({ ends }) => ends.length === 0).length)
          assert.equal(
            account.answered,
            own.filter(({ ends }) => ends.length > 0 && ends[0] === undefined).length,
          )
          for (const ending of ['refused', 'dropped', 'failed'] as const) {
            const count = own.filter(({ ends: [first] }) => first && ENDINGS[first] === ending)
            assert.equal(account.total(ending), count.length)
          }
        }
      }
    }),
  )
})
