import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PiecedBytes } from './tensor-bytes.js'

const pieces = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 })

test('bytes in pieces read like the whole, in any part', () => {
  fc.assert(
    fc.property(pieces, fc.nat(40), fc.nat(40), (parts, start, length) => {
      const whole = Buffer.concat(parts)
      const slice = new PiecedBytes(parts).slice(start, start + length)
      const expected = whole.subarray(start, start + length)
      assert.deepEqual(Buffer.from(slice.contiguous()), expected)
      assert.equal(slice.byteLength, expected.byteLength)
      const target = Buffer.alloc(expected.byteLength)
      slice.copyTo(target)
      assert.deepEqual(target, expected)
    }),
  )
})
