import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  change,
  compact,
  counted,
  fixed,
  listed,
  percent,
  percentToTenths,
  shareText,
  significant,
} from './format.js'

test('numbers have spaces between thousands and a true minus sign', () => {
  assert.equal(fixed(1234567.891, 1), '1\u{202F}234\u{202F}567.9')
  assert.equal(fixed(-0.004), '0.00')
  assert.equal(fixed(-1234.5, 1), '\u{2212}1\u{202F}234.5')
  assert.equal(fixed(Number.NaN), 'n/a')
})

test('three significant digits, and no decimals from 100 on', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [0.04123, '0.0412'],
    [3.1442, '3.14'],
    [31.4159, '31.4'],
    [314.159, '314'],
    [31415.9, '31\u{202F}416'],
    [9.999, '10.0'],
    [Number.POSITIVE_INFINITY, 'n/a'],
  ]
  for (const [value, text] of cases) assert.equal(significant(value), text)
})

test('compact numbers do not end in zeros', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [0.75, '0.75'],
    [13.5, '13.5'],
    [2, '2'],
    [100, '100'],
  ]
  for (const [value, text] of cases) assert.equal(compact(value), text)
})

test('a change is relative to its base', () => {
  assert.equal(change(1.25, 1), '+25%')
  assert.equal(change(0.969, 1), '\u{2212}3.1%')
  assert.equal(change(1.0001, 1), '\u{B1}0%')
  assert.equal(change(1, 0), 'n/a')
})

test('shares, counts and lists', () => {
  assert.equal(percent(0.416), '42%')
  assert.equal(counted(1, 'kernel'), '1 kernel')
  assert.equal(counted(1110, 'kernel'), '1\u{202F}110 kernels')
  assert.equal(listed([]), '')
  assert.equal(listed(['a', 'b', 'c']), 'a, b and c')
})

test('a share of requests is 100% only if none is missing, and a dash if there were none', () => {
  assert.deepEqual([0, 0.5, 0.98999, 0.999999, 1, Number.NaN].map(shareText), [
    '0.00%',
    '50.00%',
    '98.99%',
    '99.99%',
    '100.00%',
    '–',
  ])
  assert.deepEqual([0.4234, Number.NaN].map(percentToTenths), ['42.3%', 'n/a'])
})
