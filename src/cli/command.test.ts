import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  atMost,
  gathered,
  listOf,
  names,
  numberAbove,
  numberFrom,
  plainName,
  requestsPerSecond,
  wholeNumber,
} from './command.js'

/** What a parser makes of words; the reason if it refuses one. */
function parsed(parse: (text: string) => unknown, ...words: string[]): unknown[] {
  return words.map((word) => {
    try {
      return parse(word)
    } catch (error) {
      return (error as Error).message
    }
  })
}

const refusals = (expected: string, ...words: string[]) =>
  words.map((word) => `expected ${expected}, found "${word}".`)

test('numbers are taken from their least on, and refused in one sentence below it', () => {
  const whole = 'a whole number of at least 2'
  assert.deepEqual(parsed(wholeNumber(2), '2', '3', '1e3'), [2, 3, 1000])
  const no = ['1', '2.5', '-3', '', ' ', 'x', '2x', 'NaN']
  assert.deepEqual(parsed(wholeNumber(2), ...no), refusals(whole, ...no))
  assert.deepEqual(parsed(numberAbove(0), '0.001', '5'), [0.001, 5])
  assert.deepEqual(
    parsed(numberAbove(0), '0', '-1', '', 'NaN'),
    refusals('a number above 0', '0', '-1', '', 'NaN'),
  )
  assert.deepEqual(parsed(numberFrom(0.5), '0.5', '0.4'), [
    0.5,
    ...refusals('a number of at least 0.5', '0.4'),
  ])
})

test('numbers are taken up to their most, and none is above a billion', () => {
  const parse = atMost(10, wholeNumber(1))
  assert.deepEqual(parsed(parse, '10', '11', '0', 'x'), [
    10,
    ...refusals('at most 10', '11'),
    ...refusals('a whole number of at least 1', '0', 'x'),
  ])
  assert.deepEqual(parsed(wholeNumber(0), '1e9', '1000000001', 'Infinity'), [
    1e9,
    ...refusals('at most 1000000000', '1000000001', 'Infinity'),
  ])
  assert.deepEqual(parsed(requestsPerSecond, '1e-300', '1e9').map(String), [
    'expected a number of at least 0.000001, found "1e-300".',
    'expected at most 1000000, found "1e9".',
  ])
})

test('lists have each value once, in the order of the words; repeated options gather all', () => {
  assert.deepEqual(names('b, a,b'), ['b', 'a'])
  assert.deepEqual(listOf(Number)('2,1,2'), [2, 1])
  const gather = gathered(Number)
  assert.deepEqual(gather('2', gather('1', gather('2'))), [2, 1, 2])
})

test('a name that becomes a file name leads nowhere else', () => {
  const expected = 'letters, digits, dots, dashes and underscores'
  assert.deepEqual(parsed(plainName, 'a', 'my_gpu-2.1'), ['a', 'my_gpu-2.1'])
  const no = ['', '..', '.a', '-a', 'a/b', 'a b', 'a\n']
  assert.deepEqual(parsed(plainName, ...no), refusals(expected, ...no))
})
