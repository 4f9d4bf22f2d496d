import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextTurn } from './turns.js'

/** Resolves when everything that goes on in this turn of the event loop has done so. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('a crowd goes on in the order in which it came, a part of it in each turn', async () => {
  const asking = {}
  const groups = fc.array(fc.nat(100), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(groups, async (crowd) => {
      const passed: number[] = []
      let came = 0
      for (let turn = 0; turn < crowd.length || passed.length < came; turn++) {
        for (let i = 0; i < (crowd[turn] ?? 0); i++) {
          const ticket = came++
          void nextTurn(asking).then(() => passed.push(ticket))
        }
        const expected = Math.min(came, passed.length + 32)
        await endOfTurn()
        assert.deepEqual(
          passed,
          Array.from({ length: expected }, (_, ticket) => ticket),
        )
      }
    }),
  )
})

test('each one finishes its turn before the next one goes on', async () => {
  const steps: string[] = []
  const go = async (name: string): Promise<void> => {
    await nextTurn({})
    steps.push(`${name} goes on`)
    await null
    steps.push(`${name} is done`)
  }
  await Promise.all([go('first'), go('second')])
  assert.deepEqual(steps, ['first goes on', 'first is done', 'second goes on', 'second is done'])
})

test('those who ask take turns, however many requests one of them has', async () => {
  const passed: string[] = []
  const ask = (asking: object, name: string): void => {
    void nextTurn(asking).then(() => passed.push(name))
  }
  const [crowd, one, other] = [{}, {}, {}]
  for (let i = 0; i < 32; i++) ask(crowd, 'now')
  for (let i = 0; i < 1000; i++) ask(crowd, 'crowd')
  for (const name of ['one 1', 'one 2']) ask(one, name)
  ask(other, 'other')
  await endOfTurn()
  await endOfTurn()
  const next = passed.slice(32, 38)
  assert.deepEqual(next, ['crowd', 'one 1', 'other', 'crowd', 'one 2', 'crowd'])
  while (passed.length < 1035) await endOfTurn()
})
