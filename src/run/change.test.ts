import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, changeSchema, type Held, partsOf, type Starts } from './change.js'

/** When each part of a change takes effect. */
function holds(held: Held, change: Partial<Change>, starts: Starts = 'again'): string[] {
  return partsOf(held, { program: 'a', restart: false, ...change }, starts).map(
    (part) => part.holds,
  )
}

test('a level of priority takes effect at once if the program was started with one', () => {
  for (const priority of ['high', '0', '63', 'normal'])
    assert.deepEqual(holds({ priority: 5 }, { priority }), ['now'], priority)
  assert.deepEqual(holds({ priority: 5 }, { priority: 'low' }), ['later'])
  for (const priority of ['low', 'normal', undefined] as const)
    assert.deepEqual(holds({ priority }, { priority: 'high' }), ['later'])
})

test('a level stays a level, so that it can be changed again', () => {
  const [{ value }] = partsOf(
    { priority: 5 },
    { program: 'a', priority: 'normal', restart: false },
    'again',
  )
  assert.deepEqual(value, { priority: 0 })
})

test('a change is asked for in the words of the command line', () => {
  const isRead = (change: object): boolean =>
    changeSchema.safeParse({ program: 'a', restart: false, ...change }).success
  for (const change of [
    {},
    { share: '25%' },
    { priority: 'high' },
    { yield: 'off' },
    { granules: '0-7' },
  ])
    assert.ok(isRead(change), JSON.stringify(change))
  for (const change of [
    { share: '0%' },
    { priority: '64' },
    { yield: true },
    { granules: '7-0' },
    { more: 1 },
  ])
    assert.ok(!isRead(change), JSON.stringify(change))
})

test('yielding takes effect at once if the program was started with it, or with a level', () => {
  for (const held of [{ yields: true }, { yields: false }, { priority: 0 }])
    assert.deepEqual(holds(held, { yield: 'off' }), ['now'])
  for (const [asked, yields] of [
    ['on', true],
    ['off', false],
  ] as const) {
    const [{ value }] = partsOf(
      { yields: false },
      { program: 'a', yield: asked, restart: false },
      'again',
    )
    assert.deepEqual(value, { yields })
  }
  for (const priority of ['low', 'normal', undefined] as const)
    assert.deepEqual(holds({ priority }, { yield: 'on' }), ['later'])
  assert.deepEqual(holds({ granules: '0' }, { yield: 'on' }), ['never'])
})

test('settings that MPS fixes when a program starts wait for a start, if there is one', () => {
  assert.deepEqual(holds({}, { share: '25%', priority: 'low' }), ['later', 'later'])
  assert.deepEqual(holds({}, { share: '25%', priority: 'low' }, 'once'), ['never', 'never'])
  assert.deepEqual(holds({ priority: 1 }, { share: '64', priority: '2' }, 'once'), ['never', 'now'])
})

test('granules and shares exclude each other, and models stay the same', () => {
  const onGranules = { granules: 'a=0-7,b=8' }
  assert.deepEqual(holds(onGranules, { share: '25%', priority: '1' }), ['never', 'never'])
  assert.deepEqual(holds({}, { granules: '0' }), ['never'])
  assert.deepEqual(holds(onGranules, { granules: 'a=1,b=2' }), ['now'])
  for (const granules of ['a=1', 'b=1,a=2', '1,2', 'a=1,b=2,c=3'])
    assert.deepEqual(holds(onGranules, { granules }), ['never'], granules)
})
