import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync, inflateSync } from 'node:zlib'
import { Reservation } from '../memory-budget.js'
import { Refusal } from '../refusal.js'
import { compress, decompress, ENCODINGS, isEncoding } from './codecs.js'

const NO_LIMIT = () => new Reservation(() => {})
const DECODED = { gzip: gunzipSync, deflate: inflateSync }

for (const encoding of ENCODINGS) {
  test(`${encoding}: bytes come back unchanged, few or many, under the name that others give it`, async () => {
    for (const size of [0, 10, 8192, 8193, 300_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * i) % 251)
      const packed = await compress(encoding, bytes)
      assert.deepEqual(Uint8Array.from(DECODED[encoding](packed)), bytes)
      const pieces = await decompress(encoding, packed, 'it', size, NO_LIMIT())
      assert.deepEqual(Uint8Array.from(Buffer.concat(pieces)), bytes)
    }
  })

  test(`${encoding}: a result may be as long as allowed, and is held as far as it has come`, async () => {
    const packed = await compress(encoding, new Uint8Array(1_000_000))
    const held: number[] = []
    const reservation = new Reservation((bytes) => held.push(bytes))
    await decompress(encoding, packed, 'it', 1_000_000, reservation)
    assert.equal(
      held.reduce((total, bytes) => total + bytes, 0),
      1_000_000,
    )
    assert.ok(held.length > 1)
    await assert.rejects(decompress(encoding, packed, 'the body', 999_999, NO_LIMIT()), {
      reason: 'too-large',
      message: 'the body is longer than 999999 bytes',
    })
    const full = new Reservation(() => {
      throw new Refusal('overloaded', 'no memory')
    })
    await assert.rejects(decompress(encoding, packed, 'it', 1e6, full), { reason: 'overloaded' })
  })

  test(`${encoding}: what is not compressed so, or cut short, is refused`, async () => {
    const packed = await compress(encoding, new Uint8Array(1000))
    for (const wrong of [Buffer.from('plain text'), packed.subarray(0, -3)]) {
      await assert.rejects(decompress(encoding, wrong, 'it', 1e6, NO_LIMIT()), {
        reason: 'invalid',
        message: new RegExp(`^it is not ${encoding}: `),
      })
    }
  })
}

test('other encodings are none', () => {
  assert.deepEqual(['gzip', 'deflate', 'br', 'GZIP', '', 'toString'].filter(isEncoding), ENCODINGS)
})
