import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DATATYPES,
  type Datatype,
  decodeElements,
  type Element,
  encodeElements,
} from './datatypes.js'

test('elements are little-endian, each with its size', () => {
  const cases: readonly [Datatype, readonly Element[], readonly number[]][] = [
    ['BOOL', [true, false], [1, 0]],
    ['UINT8', [255], [255]],
    ['UINT16', [0x0102], [2, 1]],
    ['UINT32', [0x01020304], [4, 3, 2, 1]],
    ['UINT64', [2n ** 63n + 1n], [1, 0, 0, 0, 0, 0, 0, 0x80]],
    ['INT8', [-1], [255]],
    ['INT16', [-2], [254, 255]],
    ['INT32', [-3], [253, 255, 255, 255]],
    ['INT64', [-4n], [252, 255, 255, 255, 255, 255, 255, 255]],
    ['FP16', [1, -2, 65504, 2 ** -24], [0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0]],
    ['BF16', [1, -2], [0x80, 0x3f, 0, 0xc0]],
    ['FP32', [1.5], [0, 0, 0xc0, 0x3f]],
    ['FP64', [-1.5], [0, 0, 0, 0, 0, 0, 0xf8, 0xbf]],
    ['BYTES', [Buffer.from('ab'), Buffer.from('')], [2, 0, 0, 0, 97, 98, 0, 0, 0, 0]],
  ]
  assert.deepEqual(
    cases.map(([datatype]) => datatype),
    DATATYPES,
  )
  for (const [datatype, elements, bytes] of cases) {
    assert.deepEqual([...encodeElements(datatype, elements)], bytes, datatype)
    const decoded = decodeElements(datatype, Uint8Array.from(bytes))
    assert.deepEqual(decoded.map(plain), elements.map(plain), datatype)
  }
})

function plain(element: Element): unknown {
  return element instanceof Uint8Array ? [...element] : element
}

test('half floats round to nearest, ties to even, and overflow to infinity', () => {
  const rounded = (value: number): Element =>
    decodeElements('FP16', encodeElements('FP16', [value]))[0]
  assert.equal(rounded(2049), 2048)
  assert.equal(rounded(2051), 2052)
  assert.equal(rounded(2047.9), 2048)
  assert.equal(rounded(65519), 65504)
  assert.equal(rounded(65520), Number.POSITIVE_INFINITY)
  assert.equal(rounded(-Number.POSITIVE_INFINITY), -Number.POSITIVE_INFINITY)
  assert.ok(Object.is(rounded(-0), -0))
  assert.ok(Number.isNaN(rounded(Number.NaN)))
  assert.equal(rounded(2 ** -25), 0)
  assert.equal(rounded(2 ** -25 * 1.01), 2 ** -24)
})

test('every half float is read and written as itself', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const raw = Uint8Array.of(bits & 255, bits >> 8)
    for (const datatype of ['FP16', 'BF16'] as const) {
      const elements = decodeElements(datatype, raw)
      if (!Number.isNaN(elements[0])) assert.deepEqual(encodeElements(datatype, elements), raw)
    }
  }
})

test('bytes elements come back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), (elements) => {
      const decoded = decodeElements('BYTES', encodeElements('BYTES', elements)) as Uint8Array[]
      assert.deepEqual(
        decoded.map((element) => [...element]),
        elements.map((element) => [...element]),
      )
    }),
  )
})

test('tensors that end within an element are refused', () => {
  assert.throws(() => decodeElements('FP32', new Uint8Array(6)), RangeError)
  assert.throws(() => decodeElements('BYTES', Uint8Array.of(3, 0, 0, 0, 1)), RangeError)
  assert.throws(() => decodeElements('BYTES', Uint8Array.of(3, 0)), RangeError)
})
