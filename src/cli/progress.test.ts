import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProgress } from './progress.js'

/** A terminal that remembers what its line shows, and a clock that the test sets. */
function rig({ isTTY = true, columns = 80, term = 'xterm' } = {}) {
  process.env.TERM = term
  const written: string[] = []
  const clock = { ms: 0 }
  const terminal = { isTTY, columns, write: (text: string) => written.push(text) > 0 }
  const progress = startProgress(terminal as NodeJS.WriteStream, () => clock.ms)
  const line = () => written.at(-1)?.replace('\r\x1b[2K', '')
  return { progress, clock, written, line }
}

test('work that never yields is announced once it has run for a second', () => {
  const { progress, clock, written, line } = rig()
  progress.update('point 1')
  clock.ms = 999
  progress.update('point 2')
  assert.deepEqual(written, [])
  clock.ms = 1000
  progress.update('point 3')
  assert.equal(line(), 'point 3')
  progress.done()
  assert.equal(written.at(-1), '\r\x1b[2K')
})

test('nothing is drawn on a terminal without escape sequences', () => {
  const { progress, clock, written } = rig({ term: 'dumb' })
  clock.ms = 5000
  progress.update('point 1')
  progress.done()
  assert.deepEqual(written, [])
})

test('a count gives the time left by the pace of its own task', () => {
  const { progress, clock, line } = rig()
  clock.ms = 5000
  progress.count('point', 0, 100)
  assert.equal(line(), 'point 0 of 100')
  clock.ms = 7000
  progress.count('point', 10, 100, 'best 1.54')
  assert.equal(line(), 'point 10 of 100, best 1.54, 18 s left')
  progress.count('trial', 0, 60)
  clock.ms = 17_000
  progress.count('trial', 2, 60)
  assert.equal(line(), 'trial 2 of 60, 5 min left')
  progress.done()
})

test('a line is no wider than its terminal, and nothing goes to a file', () => {
  const narrow = rig({ columns: 20 })
  narrow.clock.ms = 2000
  narrow.progress.update('planning and simulating windows')
  assert.equal(narrow.line()?.length, 19)
  narrow.progress.done()
  const file = rig({ isTTY: false })
  file.clock.ms = 2000
  file.progress.update('x')
  file.progress.count('x', 1, 2)
  file.progress.done()
  assert.deepEqual(file.written, [])
})
