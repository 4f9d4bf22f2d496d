import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../refusal.js'
import { trailersOf } from './headers.js'
import { STATUS } from './status.js'

test('a refusal is told in printable ASCII, with every other byte of it in two hexadecimal digits', () => {
  const trailers = trailersOf(new Refusal('invalid', '100% of\n‘é’ ~'))
  assert.equal(trailers['grpc-status'], STATUS.INVALID_ARGUMENT)
  assert.equal(trailers['grpc-message'], '100%25 of%0a%e2%80%98%c3%a9%e2%80%99 ~')
})

test('only an overloaded server says when to come back, in whole seconds and at least one', () => {
  const after = (seconds: number) => trailersOf(new Refusal('overloaded', 'full', seconds))
  assert.deepEqual(
    [0, 0.2, 1, 2.1].map((seconds) => after(seconds)['retry-after']),
    ['1', '1', '1', '3'],
  )
  assert.ok(!('retry-after' in trailersOf(new Refusal('late', 'too late', 5))))
})
