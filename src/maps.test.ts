import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addTo, getOrMake, groupedBy } from './maps.js'

test('a value is made once, and the same one is found again', () => {
  const map = new Map<string, number[]>()
  const made = getOrMake(map, 'a', () => [1])
  assert.equal(
    getOrMake(map, 'a', () => assert.fail('made again')),
    made,
  )
  assert.equal(map.get('a'), made)
})

test('amounts add up from nothing', () => {
  const map = new Map<string, number>()
  addTo(map, 'a', 2)
  addTo(map, 'a', 3)
  addTo(map, 'b', 1)
  assert.deepEqual(
    [...map],
    [
      ['a', 5],
      ['b', 1],
    ],
  )
})

test('groups and their values keep the order in which they come', () => {
  const groups = groupedBy([3, 2, 5, 4], (value) => (value % 2 === 0 ? 'even' : 'odd'))
  assert.deepEqual(
    [...groups],
    [
      ['odd', [3, 5]],
      ['even', [2, 4]],
    ],
  )
})
