import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { elementBytes } from './datatypes.js'
import { PlainBytes } from './tensor-bytes.js'
import {
  checkElements,
  elementCount,
  joinElements,
  readHeader,
  splitElements,
  tensorOf,
} from './tensors.js'

const bytesOf = (...bytes: number[]) => new PlainBytes(Uint8Array.from(bytes))

test('a header has a known type and a shape that can be counted', () => {
  const header = { name: 'x', datatype: 'FP32', shape: [2, 3] } as const
  assert.deepEqual(readHeader('x', 'FP32', [2, 3]), header)
  assert.deepEqual(readHeader('x', 'FP32', new Array(64).fill(1)).shape.length, 64)
  // 2^51 elements of four bytes are still counted exactly, twice as many are not.
  assert.equal(elementCount(readHeader('x', 'FP32', [2 ** 50]).shape), 2 ** 50)
  for (const [datatype, shape, message] of [
    ['FP31', [1], /input 'x': unknown datatype "FP31"/],
    ['fp32', [1], /unknown datatype "fp32"/],
    ['FP32', new Array(65).fill(1), /at most 64 dimensions, found 65/],
    ['FP32', [-1], /whole dimensions from 0 to 9007199254740991, found -1/],
    ['FP32', [0.5], /whole dimensions from 0 to 9007199254740991, found 0\.5/],
    ['FP32', [2 ** 53], /whole dimensions from 0 to 9007199254740991, found 9007199254740992/],
    ['FP32', [2 ** 51], /shape \[2251799813685248\] is too large/],
    ['UINT8', [2 ** 27, 2 ** 27], /is too large/],
  ] as const) {
    assert.throws(() => readHeader('x', datatype, shape), { reason: 'invalid', message })
  }
})

test('a tensor has as many bytes as its shape needs', () => {
  const header = { name: 'x', datatype: 'INT16', shape: [2, 1] } as const
  const bytes = bytesOf(1, 2, 3, 4)
  assert.deepEqual(tensorOf(header, bytes), { ...header, bytes })
  for (const wrong of [bytesOf(1, 2, 3), bytesOf(1, 2, 3, 4, 5)]) {
    assert.throws(() => tensorOf(header, wrong), {
      reason: 'invalid',
      message: `input 'x': expected 4 bytes for shape [2,1] of INT16, found ${wrong.byteLength}`,
    })
  }
  assert.equal(tensorOf({ ...header, datatype: 'BYTES' }, bytesOf(1)).bytes.byteLength, 1)
})

test('elements are as long as the protocol says, and those of BYTES as long as each one is', () => {
  const sizes = [
    ...(['BOOL', 'INT8', 'UINT8'] as const).map((one) => [one, 1] as const),
    ...(['INT16', 'UINT16', 'FP16', 'BF16'] as const).map((one) => [one, 2] as const),
    ...(['INT32', 'UINT32', 'FP32'] as const).map((one) => [one, 4] as const),
    ...(['INT64', 'UINT64', 'FP64'] as const).map((one) => [one, 8] as const),
  ]
  for (const [datatype, size] of sizes) assert.equal(elementBytes(datatype), size, datatype)
  assert.equal(elementBytes('BYTES'), undefined)
})

test('bytes in one piece are copied to where they are read', () => {
  const target = new Uint8Array(3)
  bytesOf(1, 2).copyTo(target)
  assert.deepEqual([...target], [1, 2, 0])
})

test('the elements of BYTES come back unchanged, and fill their tensor exactly', () => {
  const elements = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 5 })
  fc.assert(
    fc.property(elements, (given) => {
      const joined = joinElements(given)
      assert.deepEqual(
        splitElements(joined).map((one) => [...one]),
        given.map((one) => [...one]),
      )
      const tensor = (shape: number[], bytes: Uint8Array) =>
        ({ name: 'x', datatype: 'BYTES', shape, bytes: new PlainBytes(bytes) }) as const
      checkElements(tensor([given.length], joined))
      const wrong = { reason: 'invalid' }
      assert.throws(() => checkElements(tensor([given.length + 1], joined)), wrong)
      // What is left of an element without its last byte, and a length that is cut short, are no elements.
      if (joined.length > 0)
        assert.throws(() => checkElements(tensor([given.length], joined.subarray(0, -1))), wrong)
      const more = Uint8Array.of(...joined, 0, 0, 0)
      assert.throws(() => checkElements(tensor([given.length], more)), wrong)
    }),
  )
})

test('more BYTES than are read at once are refused before they are read', () => {
  const bytes = {
    byteLength: 2 ** 26 + 1,
    contiguous: () => assert.fail(),
    copyTo: () => assert.fail(),
  }
  const tensor = { name: 'x', datatype: 'BYTES', shape: [1], bytes } as const
  assert.throws(() => checkElements(tensor), { reason: 'too-large' })
})
