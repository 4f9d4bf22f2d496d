import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentArrivals } from './recent-arrivals.js'

test('gives the requests of the last seconds, from the beginning of that time', () => {
  const arrivals = new RecentArrivals()
  arrivals.add('a', 100, 2)
  arrivals.add('b', 104, 1)
  arrivals.add('a', 105, 3)
  const all = arrivals.last(60, 108)
  assert.equal(all.lengthS, 8)
  assert.deepEqual([...all.byModel.get('a')!.timesS], [0, 5])
  assert.equal(all.byModel.get('a')?.rows, 5)
  assert.deepEqual([...all.byModel.get('b')!.timesS], [4])
  const last = arrivals.last(4, 108)
  assert.equal(last.lengthS, 4)
  assert.deepEqual([...last.byModel.get('a')!.timesS], [1])
  assert.equal(last.byModel.get('a')?.rows, 3)
  assert.deepEqual([...last.byModel.get('b')!.timesS], [0])
})

test('before the first request there is nothing', () => {
  assert.equal(new RecentArrivals().last(60, 108).lengthS, 0)
})

test('goes back only as far as the busiest model is remembered', () => {
  const arrivals = new RecentArrivals()
  arrivals.add('rare', 0, 1)
  const remembered = 2 ** 17
  for (let i = 0; i < 2 * remembered; i++) arrivals.add('often', i / 8192, 1)
  const { lengthS, byModel } = arrivals.last(60, 32)
  assert.equal(lengthS, 16)
  assert.equal(byModel.get('often')?.timesS.length, remembered)
  assert.equal(byModel.get('often')?.timesS[0], 0)
  assert.equal(byModel.get('rare')?.timesS.length, 0)
})

test('goes back two minutes at most', () => {
  const arrivals = new RecentArrivals()
  for (let s = 0; s <= 300; s++) arrivals.add('a', s, 1)
  const { lengthS, byModel } = arrivals.last(1000, 300)
  assert.deepEqual([lengthS, byModel.get('a')?.rows], [120, 121])
})
