import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AS_BINARY, AS_JSON, type Delivery, deliver } from './delivery.js'

const MOST = 2 ** 22

function delivered(values: number, delivery: Delivery) {
  const data = new Uint8Array(values)
  const output = { name: 'OUT', datatype: 'UINT8', shape: [1, values], data } as const
  return deliver(output, delivery, 'batched', undefined)
}

test('an output with too many values is sent as bytes, but not as JSON and not classified', () => {
  for (const delivery of [AS_JSON, { ...AS_BINARY, classes: 1 }]) {
    delivered(MOST, delivery)
    assert.throws(() => delivered(MOST + 1, delivery), {
      reason: 'too-large',
      message: /4194305 values.*at most 4194304/,
    })
  }
  assert.equal(delivered(MOST + 1, AS_BINARY).data.byteLength, MOST + 1)
})
