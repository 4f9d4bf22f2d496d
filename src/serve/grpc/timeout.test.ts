import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTimeoutMs } from './timeout.js'

test('a timeout is a whole number of one of six units, and there is none without the header', () => {
  const near = (text: string, ms: number): void =>
    assert.ok(Math.abs(readTimeoutMs(text) - ms) < 1e-9 * ms, `${text}: ${readTimeoutMs(text)}`)
  near('2H', 7_200_000)
  near('3M', 180_000)
  near('4S', 4000)
  near('5m', 5)
  near('6u', 0.006)
  near('7n', 0.000_007)
  near('99999999m', 99_999_999)
  assert.equal(readTimeoutMs('0S'), 0)
  assert.equal(readTimeoutMs(undefined), Number.POSITIVE_INFINITY)
})

test('other timeouts are refused: without a number or a unit, with fractions, signs or more than 8 digits', () => {
  for (const text of ['', 'm', '5', '5s', '1.5S', '-1S', '+1S', ' 1S', '1S ', '5mS', '123456789n'])
    assert.throws(() => readTimeoutMs(text), { reason: 'invalid' }, text)
})
