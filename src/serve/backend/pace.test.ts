import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.js'

test('follows how fast rows are launched while others wait', () => {
  const pace = new Pace(500)
  assert.equal(pace.rowUs, 500)
  // Two instances, each of which starts a launch of eight rows every 4 ms.
  for (let i = 0; i < 100; i++) {
    pace.launched(i * 4000, 8, 20)
    pace.launched(i * 4000 + 100, 8, 12)
  }
  assert.ok(Math.abs(pace.rowUs - 250) < 30, `${pace.rowUs}`)
})

test('time in which nothing waited does not count', () => {
  const pace = new Pace(500)
  for (let i = 0; i < 100; i++) pace.launched(i * 1e6, 1, 0)
  assert.equal(pace.rowUs, 500)
  pace.launched(200e6, 1, 3)
  pace.launched(200e6 + 100, 1, 0)
  pace.launched(300e6, 1, 0)
  assert.ok(pace.rowUs < 500 && pace.rowUs > 100, `${pace.rowUs}`)
})
