import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closest } from './closest.js'

test('a misspelt word is taken for the one that it differs least from, if it is like any', () => {
  const cases: [string, string[], string | undefined][] = [
    ['devise', ['models', 'device', 'format'], 'device'],
    ['RATE_PER_SEC', ['samples', 'ratePerSecond'], 'ratePerSecond'],
    ['bacth', ['watch', 'batch', 'back'], 'batch'],
    ['target', ['largestBatch', 'targets'], 'targets'],
    ['colour', ['l2Bytes', 'durationUs'], undefined],
    ['anything', [], undefined],
  ]
  for (const [misspelt, words, meant] of cases) assert.equal(closest(misspelt, words), meant)
})

test('words of millions of characters are compared by how they begin', () => {
  const long = 'x'.repeat(10_000_000)
  assert.equal(closest(long, ['short', long]), long)
})

test('a word of which half the characters differ is still taken, and none of which more do', () => {
  for (const [misspelt, word, isLike] of [
    ['abxy', 'abcd', true],
    ['axyz', 'abcd', false],
    ['ab', 'abcd', true],
    ['a', 'abcd', false],
    ['abcdef', 'abcd', true],
    ['abcdefg', 'abcd', false],
    ['ab', 'abcde', false],
  ] as const) {
    assert.equal(closest(misspelt, [word]), isLike ? word : undefined, `${misspelt}: ${word}`)
  }
})
