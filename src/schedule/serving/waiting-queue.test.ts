import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WaitingQueue, type WaitingRequest } from './waiting-queue.js'

const request = (tag: number, deadlineUs: number, priorityClass = 1): WaitingRequest => ({
  tag,
  samples: tag + 1,
  arrivalUs: 0,
  deadlineUs,
  priorityClass,
})

function drain(queue: WaitingQueue): number[] {
  return Array.from({ length: queue.length }, () => queue.take().tag)
}

test('requests leave by class, then deadline, then arrival, in any sequence of takes and removals', () => {
  const action = fc.oneof(
    fc.record({
      deadlineUs: fc.integer({ min: 0, max: 5 }),
      class: fc.integer({ min: 0, max: 2 }),
    }),
    fc.constant('take' as const),
    fc.record({ remove: fc.nat(200) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const queue = new WaitingQueue()
      let model: WaitingRequest[] = []
      let tag = 0
      for (const one of actions) {
        if (one === 'take') {
          if (model.length > 0) assert.equal(queue.take().tag, model.shift()!.tag)
        } else if ('remove' in one) {
          const expected = model.find((waiting) => waiting.tag === one.remove)
          assert.equal(queue.remove(one.remove), expected)
          model = model.filter((waiting) => waiting !== expected)
        } else {
          const added = request(tag++, one.deadlineUs, one.class)
          queue.add(added)
          model.push(added)
          model.sort(
            (a, b) =>
              b.priorityClass - a.priorityClass || a.deadlineUs - b.deadlineUs || a.tag - b.tag,
          )
        }
        assert.equal(queue.length, model.length)
        assert.equal(
          queue.samples,
          model.reduce((total, { samples }) => total + samples, 0),
        )
      }
      assert.deepEqual(
        drain(queue),
        model.map((waiting) => waiting.tag),
      )
    }),
  )
})

test('a queue that is seldom empty keeps no request that has left', () => {
  const queue = new WaitingQueue()
  for (const tag of [0, 1, 2]) queue.add(request(tag, tag))
  for (let tag = 3; tag < 500; tag++) {
    queue.add(request(tag, tag))
    const next = tag - 3
    assert.equal(queue.at(0).tag, next)
    assert.equal(queue.remove(next - 1), undefined)
    assert.equal((next % 7 === 0 ? queue.remove(next) : queue.take())?.tag, next)
    assert.equal(queue.length, 3)
  }
  assert.deepEqual(drain(queue), [497, 498, 499])
})
