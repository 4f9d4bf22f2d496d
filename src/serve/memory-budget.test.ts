import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkPieces, compact, MemoryBudget } from './memory-budget.js'
import { Refusal } from './refusal.js'

const isRefused =
  (reason: Refusal['reason']) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.reason === reason

test('bodies are held exactly up to the bound, and refused bytes are not held', () => {
  const memoryBudget = new MemoryBudget(10)
  const first = memoryBudget.reserve(9)
  const second = memoryBudget.reserve(1)
  assert.throws(() => second.grow(1), isRefused('overloaded'))
  assert.throws(() => memoryBudget.reserve(1), isRefused('overloaded'))
  memoryBudget.reserve(0)
  assert.equal(memoryBudget.heldBytes, 10)
  first.release()
  first.release()
  assert.equal(memoryBudget.heldBytes, 1)
  second.grow(9)
  assert.equal(memoryBudget.heldBytes, 10)
})

test('who can do without gets nothing where there is no room, and no error', () => {
  const memoryBudget = new MemoryBudget(10)
  const held = memoryBudget.reserveIfRoom(10)
  assert.equal(memoryBudget.reserveIfRoom(1), undefined)
  assert.ok(memoryBudget.reserveIfRoom(0))
  held!.release()
  assert.ok(memoryBudget.reserveIfRoom(10))
  assert.equal(memoryBudget.heldBytes, 10)
})

test('a share is held within its whole, and neither is held beyond its bound', () => {
  const whole = new MemoryBudget(10)
  const [one, other] = [whole.share(6), whole.share(6)]
  const held = one.reserve(6)
  assert.equal(one.reserveIfRoom(1), undefined)
  const rest = other.reserve(4)
  assert.throws(() => rest.grow(1), isRefused('overloaded'))
  assert.deepEqual([one.heldBytes, other.heldBytes, whole.heldBytes], [6, 4, 10])
  held.release()
  rest.grow(2)
  assert.deepEqual([one.heldBytes, other.heldBytes, whole.heldBytes], [0, 6, 6])
})

test('what is only expected has to fit and is not held', () => {
  const memoryBudget = new MemoryBudget(10)
  const reservation = memoryBudget.reserve(4)
  reservation.expect(10)
  assert.throws(() => reservation.expect(11), isRefused('overloaded'))
  reservation.expect(2)
  assert.equal(memoryBudget.heldBytes, 4)
  reservation.grow(6)
  // What is held already fits, and so does less.
  reservation.expect(10)
  reservation.expect(3)
  assert.equal(memoryBudget.heldBytes, 10)
})

test('the held bytes are the sum of all reservations, however they grew', () => {
  const step = fc.tuple(fc.constantFrom('cover', 'grow'), fc.nat(100))
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 5 }), { maxLength: 5 }), (requests) => {
      const memoryBudget = new MemoryBudget(Number.MAX_SAFE_INTEGER)
      let expected = 0
      const reservations = requests.map((steps) => {
        const reservation = memoryBudget.reserve(7)
        let held = 7
        for (const [how, bytes] of steps) {
          if (how === 'cover') reservation.cover(bytes)
          else reservation.grow(bytes)
          held = how === 'cover' ? Math.max(held, bytes) : held + bytes
        }
        expected += held
        return reservation
      })
      assert.equal(memoryBudget.heldBytes, expected)
      for (const reservation of reservations) reservation.release()
      assert.equal(memoryBudget.heldBytes, 0)
    }),
  )
})

test('a piece keeps at most four times its bytes of memory', () => {
  const read = Buffer.allocUnsafeSlow(1000).fill(7)
  for (const [bytes, kept] of [
    [1000, 1000],
    [250, 1000],
    [249, 249],
    [1, 1],
  ]) {
    const piece = compact(read.subarray(0, bytes))
    assert.deepEqual([piece.byteLength, piece.buffer.byteLength], [bytes, kept])
    assert.ok(piece.every((byte) => byte === 7))
  }
})

test('if there are many pieces, they must have 64 bytes on average', () => {
  checkPieces(4096, 0)
  checkPieces(4097, 4097 * 64)
  assert.throws(() => checkPieces(4097, 4097 * 64 - 1), isRefused('crumbs'))
})
