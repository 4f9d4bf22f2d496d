import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventQueue } from './event-queue.js'

test('events leave by time, and by order of arrival at equal times', () => {
  const times = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(times, (asked) => {
      const queue = new EventQueue(asked.length)
      asked.forEach((time, id) => {
        queue.push(time, id)
      })
      const left = asked.map(() => queue.pop())
      const expected = asked.map((_, id) => id).sort((a, b) => asked[a] - asked[b] || a - b)
      assert.deepEqual(left, expected)
      assert.equal(queue.nextUs, Number.POSITIVE_INFINITY)
    }),
  )
})

test('pushes between pops keep the order', () => {
  const queue = new EventQueue(4)
  queue.push(5, 0)
  queue.push(3, 1)
  assert.equal(queue.pop(), 1)
  queue.push(5, 2)
  queue.push(4, 3)
  assert.equal(queue.nextUs, 4)
  assert.deepEqual([queue.pop(), queue.pop(), queue.pop()], [3, 0, 2])
})
