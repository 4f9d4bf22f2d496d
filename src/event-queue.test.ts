import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventQueue } from './event-queue.js'

test('events leave by time, and at equal times in the order in which they came', () => {
  const times = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 60 }), (asked, capacity) => {
      const queue = new EventQueue(capacity)
      asked.forEach((time, id) => {
        queue.push(time, id)
      })
      assert.equal(queue.size, asked.length)
      assert.equal(queue.nextUs, Math.min(...asked))
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

test('a queue grows with what it holds', () => {
  const queue = new EventQueue(1)
  for (let id = 0; id < 1000; id++) queue.push(1000 - id, id)
  assert.deepEqual([queue.size, queue.nextUs, queue.pop(), queue.pop()], [1000, 1, 999, 998])
})
