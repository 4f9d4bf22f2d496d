import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../refusal.js'
import { Admission, checkPieces } from './admission.js'

const isRefused =
  (reason: Refusal['reason']) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.reason === reason

test('bodies are held up to the very bound, and refused bytes are not', () => {
  const admission = new Admission(10)
  const first = admission.reserve(9)
  const second = admission.reserve(1)
  assert.throws(() => second.grow(1), isRefused('overloaded'))
  assert.throws(() => admission.reserve(1), isRefused('overloaded'))
  admission.reserve(0)
  assert.equal(admission.heldBytes, 10)
  first.release()
  first.release()
  assert.equal(admission.heldBytes, 1)
  second.grow(9)
  assert.equal(admission.heldBytes, 10)
})

test('what is only expected has to fit and is not held', () => {
  const admission = new Admission(10)
  const reservation = admission.reserve(4)
  reservation.expect(10)
  assert.throws(() => reservation.expect(11), isRefused('overloaded'))
  reservation.expect(2)
  assert.equal(admission.heldBytes, 4)
})

test('what is held is what all reservations come to, however they grew', () => {
  const step = fc.tuple(fc.constantFrom('cover', 'grow'), fc.nat(100))
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 5 }), (requests) => {
      const admission = new Admission(Number.MAX_SAFE_INTEGER)
      let expected = 0
      const reservations = requests.map((steps) => {
        const reservation = admission.reserve(7)
        let held = 7
        for (const [how, bytes] of steps) {
          if (how === 'cover') reservation.cover(bytes)
          else reservation.grow(bytes)
          held = how === 'cover' ? Math.max(held, bytes) : held + bytes
        }
        expected += held
        return reservation
      })
      assert.equal(admission.heldBytes, expected)
      for (const reservation of reservations) reservation.release()
      assert.equal(admission.heldBytes, 0)
    }),
  )
})

test('many pieces are of 64 bytes on average at least', () => {
  checkPieces(4096, 0)
  checkPieces(4097, 4097 * 64)
  assert.throws(() => checkPieces(4097, 4097 * 64 - 1), isRefused('crumbs'))
})
