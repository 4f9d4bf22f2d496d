import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../refusal.js'
import { longIntegers } from './json-limits.js'

function list(count: number, element: string): string {
  return `[${Array(count).fill(element).join(',')}]`
}

function numbered(count: number, of: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => of(i)).join(',')
}

/** The error for a text, or nothing if it may be parsed. */
function refusalOf(text: string): string | undefined {
  try {
    longIntegers(text)
    return undefined
  } catch (error) {
    assert.ok(error instanceof Refusal && error.reason === 'invalid')
    const [, what] = /^the JSON has more than (.+), which is the most: send large/.exec(
      error.message,
    )!
    return what
  }
}

test('JSON is parsed up to each limit exactly', () => {
  const cases: [what: string, most: number, text: (count: number) => string][] = [
    ['levels of nesting', 100, (n) => '['.repeat(n) + ']'.repeat(n)],
    ['levels of nesting', 100, (n) => '{"a":'.repeat(n)],
    ['levels of nesting', 100, (n) => '[{"":'.repeat(n / 2) + '['.repeat(n % 2)],
    ['arrays and objects', 2 ** 17, (n) => list(n - 1, '[]')],
    ['arrays and objects', 2 ** 17, (n) => list(n - 1, '{}')],
    ['arrays and objects', 2 ** 17, (n) => '[[]'.repeat(50) + ',[]'.repeat(n - 100)],
    ['keys', 10_000, (n) => `{${numbered(n, (i) => `"${i}":1`)}}`],
    ['keys', 10_000, (n) => list(n, '{"a":1}')],
    ['strings', 2 ** 18, (n) => list(n, '""')],
    ['strings', 2 ** 18, (n) => `[${numbered(n, (i) => `"${i}"`)}]`],
    ['strings', 2 ** 18, (n) => list(n, '"\\"\\\\"')],
    [
      'integers of 16 digits and more',
      2 ** 18,
      (n) => `{"datatype":"INT64","data":${list(n, '-1234567890123456')}}`,
    ],
    ['values', 2 ** 22, (n) => list(n + 1, '1')],
    ['values', 2 ** 22, (n) => list(n + 1, 'null')],
  ]
  for (const [what, most, text] of cases) {
    assert.equal(refusalOf(text(most)), undefined, what)
    assert.equal(refusalOf(text(most + 1)), `${most} ${what}`)
  }
})

test('the contents of strings are not counted, and a long string or number counts as one', () => {
  const marks = fc.string({
    unit: fc.constantFrom(...'[]{},:"\\', '1234567890123456'),
    maxLength: 50,
  })
  fc.assert(
    fc.property(marks, (text) => {
      assert.deepEqual(longIntegers(JSON.stringify(text.repeat(20))), [])
    }),
  )
  for (const one of ['[', '\\"', ',', ':', '9', 'é'])
    assert.equal(refusalOf(`["${one.repeat(1e6)}"]`), undefined)
  assert.equal(refusalOf(`"${'['.repeat(1e6)}`), undefined)
  assert.equal(refusalOf('"\\'), undefined)
  assert.equal(refusalOf(`[${'1'.repeat(1e6)},0.${'1'.repeat(1e6)}]`), undefined)
})

test('integers that fit into 64 bits but not into a number are found at their places', () => {
  const short = ['0', '-1', '123456789012345', '1234567890123456.0', '1e9', '1234567890123456e3']
  const long = ['1234567890123456', '-9223372036854775808', '18446744073709551615']
  const others = ['0123456789012345678', '123456789012345678901', '"1234567890123456"', 'null']
  const element = fc.constantFrom(...short, ...long, ...others)
  fc.assert(
    fc.property(fc.array(element), (elements) => {
      const text = `{"datatype":"INT64","data":[${elements.join(' ,')}]}`
      const found = longIntegers(text).map(([from, to]) => text.slice(from, to))
      assert.deepEqual(
        found,
        elements.filter((one) => long.includes(one)),
      )
      assert.deepEqual(longIntegers(text.replace('INT64', 'FP64')), [])
    }),
  )
})
