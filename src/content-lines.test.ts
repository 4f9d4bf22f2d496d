import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentLines } from './content-lines.js'

const linesOf = (text: string) =>
  [...contentLines(text, 'list.txt')].map(({ place, content }) => [place, content])

test('lines with something on them are told with their places, whatever is between them', () => {
  assert.deepEqual(linesOf('# times\n\n 1.5 # first\r\n   \n2\n#3'), [
    ['line 3', '1.5'],
    ['line 5', '2'],
  ])
  assert.deepEqual(linesOf('a'), [['line 1', 'a']])
  assert.deepEqual(linesOf('a\n'), [['line 1', 'a']])
  assert.deepEqual(linesOf('\na'), [['line 2', 'a']])
  assert.deepEqual(linesOf(''), [])
})

test('a million lines are taken, and one more is refused', () => {
  const count = (lines: number): number => {
    let found = 0
    for (const _ of contentLines('1\n'.repeat(lines), 'list.txt')) found++
    return found
  }
  assert.equal(count(1_000_000), 1_000_000)
  assert.throws(() => count(1_000_001), {
    name: 'InputError',
    message: 'list.txt: expected at most 1000000 lines, found more',
  })
})
