import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParameterValue } from '../parameters.js'
import { AS_BINARY, AS_JSON, type Delivery, deliver, heldRegion, readDelivery } from './delivery.js'
import type { RegionLease } from './shared-memory.js'

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

/** Says which part of which region was asked for. */
const LEASE = {
  hold: (...part: [string, number, number]) => ({ part }),
} as unknown as RegionLease

const read = (parameters: Record<string, ParameterValue>, fallback = AS_JSON) =>
  readDelivery(new Map(Object.entries(parameters)), fallback, 'OUT', LEASE)

test('an output goes as it was asked for, and otherwise as the others do', () => {
  assert.deepEqual(read({}), AS_JSON)
  assert.deepEqual(read({}, AS_BINARY), AS_BINARY)
  assert.deepEqual(read({ binary_data: true }), AS_BINARY)
  assert.deepEqual(read({ binary_data: false }, AS_BINARY), AS_JSON)
  assert.deepEqual(read({ other: 1 }, AS_BINARY), AS_BINARY)
  assert.deepEqual(read({ classification: 3 }), { form: 'json', classes: 3 })
  assert.deepEqual(read({ classification: 3 }, AS_BINARY), { form: 'binary', classes: 3 })
  assert.deepEqual(read({ classification: 2, binary_data: true }), { form: 'binary', classes: 2 })
})

test('a region is named with its size, from its start unless an offset says otherwise', () => {
  const region = { shared_memory_region: 'r', shared_memory_byte_size: 8 }
  assert.deepEqual(read(region), { form: 'region', region: { part: ['r', 0, 8] }, classes: 0 })
  assert.deepEqual(read({ ...region, shared_memory_offset: 4 }).region, { part: ['r', 4, 8] })
  for (const [parameters, message] of [
    [{ shared_memory_region: 'r' }, /expected shared_memory_region and shared_memory_byte_size/],
    [{ shared_memory_byte_size: 8 }, /expected shared_memory_region and shared_memory_byte_size/],
    [{ ...region, classification: 1 }, /classification does not go into shared memory/],
    [{ ...region, shared_memory_offset: -1 }, /shared_memory_offset: expected a whole number/],
    [{ classification: 0.5 }, /classification: expected a whole number/],
    [{ binary_data: 1 }, /binary_data: expected true or false/],
  ] as const) {
    assert.throws(() => read(parameters), { reason: 'invalid', message })
  }
  assert.equal(heldRegion(new Map([['shared_memory_offset', 4]]), 'x', LEASE), undefined)
})

test('an output is written into its region, unless the device has put it there', () => {
  const written: Uint8Array[] = []
  const region = { write: (bytes: Uint8Array) => written.push(bytes) }
  const delivery = { form: 'region', region, classes: 0 } as unknown as Delivery
  const output = { name: 'OUT', datatype: 'UINT8', shape: [1], data: Uint8Array.of(7) } as const
  assert.deepEqual(deliver(output, delivery, 'batched', undefined), { ...output, delivery })
  deliver({ ...output, placedBytes: 1 }, delivery, 'batched', undefined)
  assert.deepEqual(written, [Uint8Array.of(7)])
})
