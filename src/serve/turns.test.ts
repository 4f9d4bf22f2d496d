import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextTurn, Turnstile } from './turns.js'

test('a turnstile lets so many through in a turn, in the order in which they came', async () => {
  const crowd = fc.record({
    most: fc.integer({ min: 1, max: 5 }),
    first: fc.integer({ min: 1, max: 30 }),
    later: fc.nat(10),
  })
  await fc.assert(
    fc.asyncProperty(crowd, async ({ most, first, later }) => {
      const turnstile = new Turnstile(most)
      const passed: number[] = []
      const come = (count: number, from: number): void => {
        for (let ticket = from; ticket < from + count; ticket++)
          void turnstile.pass().then(() => passed.push(ticket))
      }
      come(first, 0)
      const isCrowded = first > most
      if (isCrowded) come(later, first)
      const all = isCrowded ? first + later : first
      for (let turns = 1; ; turns++) {
        await null
        const expected = Array.from({ length: Math.min(all, most * turns) }, (_, ticket) => ticket)
        assert.deepEqual(passed, expected)
        if (passed.length === all) break
        await nextTurn()
      }
      // Once nobody waits, it is as it was at first.
      await nextTurn()
      await nextTurn()
      come(most + 1, all)
      await null
      assert.equal(passed.length, all + most)
    }),
  )
})
