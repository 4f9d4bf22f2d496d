import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentWork } from './recent-work.js'

test('parts add up to one, and nobody has a part before there is work', () => {
  const work = new RecentWork()
  assert.equal(work.partOf('a', 0), undefined)
  assert.equal(work.parts(0).size, 0)
  work.add('a', 30, 1e6)
  work.add('b', 60, 2e6)
  work.add('a', 10, 3e6)
  assert.equal(work.partOf('a', 4e6), 0.4)
  assert.equal(work.partOf('c', 4e6), 0)
  assert.deepEqual(
    [...work.parts(4e6)],
    [
      ['a', 0.4],
      ['b', 0.6],
    ],
  )
})

test('work is forgotten within ten seconds', () => {
  const work = new RecentWork()
  work.add('a', 10, 0)
  work.add('b', 10, 5.5e6)
  assert.equal(work.partOf('a', 9.9e6), 0.5)
  assert.equal(work.partOf('a', 10e6), 0)
  assert.equal(work.partOf('b', 10e6), 1)
  assert.equal(work.partOf('b', 30e6), undefined)
})

test('work is forgotten as soon, even if nobody asks for the parts', () => {
  const work = new RecentWork()
  work.add('a', 10, 0)
  assert.equal(work.partOf('a', 9.9e6), 1)
  assert.equal(work.partOf('a', 14.8e6), undefined)
})
