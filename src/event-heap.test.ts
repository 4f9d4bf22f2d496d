import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventHeap } from './event-heap.js'

test('events leave by time, and by order of arrival at equal times', () => {
  const times = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(times, (asked) => {
      const heap = new EventHeap(asked.length)
      asked.forEach((time, id) => {
        heap.push(time, id)
      })
      const left = asked.map(() => heap.pop())
      const expected = asked.map((_, id) => id).sort((a, b) => asked[a] - asked[b] || a - b)
      assert.deepEqual(left, expected)
      assert.equal(heap.nextUs, Number.POSITIVE_INFINITY)
    }),
  )
})

test('pushes between pops keep the order', () => {
  const heap = new EventHeap(4)
  heap.push(5, 0)
  heap.push(3, 1)
  assert.equal(heap.pop(), 1)
  heap.push(5, 2)
  heap.push(4, 3)
  assert.equal(heap.nextUs, 4)
  assert.deepEqual([heap.pop(), heap.pop(), heap.pop()], [3, 0, 2])
})
