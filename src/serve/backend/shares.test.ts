import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shares } from './shares.js'

test('shares add up to one, and nobody has a share before there is work', () => {
  const shares = new Shares()
  assert.equal(shares.of('a', 0), undefined)
  assert.equal(shares.all(0).size, 0)
  shares.add('a', 30, 1e6)
  shares.add('b', 60, 2e6)
  shares.add('a', 10, 3e6)
  assert.equal(shares.of('a', 4e6), 0.4)
  assert.equal(shares.of('c', 4e6), 0)
  assert.deepEqual(
    [...shares.all(4e6)],
    [
      ['a', 0.4],
      ['b', 0.6],
    ],
  )
})

test('work is forgotten within ten seconds', () => {
  const shares = new Shares()
  shares.add('a', 10, 0)
  shares.add('b', 10, 5.5e6)
  assert.equal(shares.of('a', 9.9e6), 0.5)
  assert.equal(shares.of('a', 10e6), 0)
  assert.equal(shares.of('b', 10e6), 1)
  assert.equal(shares.of('b', 30e6), undefined)
})

test('work is forgotten as soon, even if nobody asks for the shares', () => {
  const shares = new Shares()
  shares.add('a', 10, 0)
  assert.equal(shares.of('a', 9.9e6), 1)
  assert.equal(shares.of('a', 14.8e6), undefined)
})
