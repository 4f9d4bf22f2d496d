import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../refusal.js'
import type { Datatype } from './datatypes.js'
import { bytesOfValues, valuesOfBytes } from './values.js'

const INTEGERS: [Datatype, bigint, bigint][] = [
  ['UINT8', 0n, 255n],
  ['UINT16', 0n, 65535n],
  ['UINT32', 0n, 4294967295n],
  ['UINT64', 0n, 18446744073709551615n],
  ['INT8', -128n, 127n],
  ['INT16', -32768n, 32767n],
  ['INT32', -2147483648n, 2147483647n],
  ['INT64', -9223372036854775808n, 9223372036854775807n],
]

function header(datatype: Datatype) {
  return { name: 'x', datatype, shape: [1] }
}

function roundTrip(datatype: Datatype, values: unknown[]): unknown[] {
  return valuesOfBytes(datatype, bytesOfValues(header(datatype), values))
}

test('whole numbers keep their value over the whole range of their type, and not beyond it', () => {
  for (const [datatype, least, most] of INTEGERS) {
    const isLong = datatype.endsWith('64')
    const asElement = (value: bigint) => (isLong ? value : Number(value))
    fc.assert(
      fc.property(fc.array(fc.bigInt(least, most)), (integers) => {
        assert.deepEqual(roundTrip(datatype, integers.map(asElement)), integers.map(asElement))
      }),
      { numRuns: 30 },
    )
    for (const bad of [asElement(least - 1n), asElement(most + 1n), 0.5, '1', null, true]) {
      assert.throws(() => bytesOfValues(header(datatype), [bad]), Refusal, `${datatype} ${bad}`)
    }
  }
})

test('floating-point numbers keep what their type can hold', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (doubles) => {
      assert.deepEqual(roundTrip('FP64', doubles), doubles)
    }),
  )
  const floats = fc.float({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(fc.array(floats), (values) => {
      assert.deepEqual(roundTrip('FP32', values), values)
    }),
  )
  assert.deepEqual(roundTrip('FP16', [1.5, -0.25, 65504]), [1.5, -0.25, 65504])
  assert.deepEqual(roundTrip('BF16', [1.5, -0.25, 2 ** 100]), [1.5, -0.25, 2 ** 100])
  for (const datatype of ['BF16', 'FP32', 'FP64'] as const)
    assert.deepEqual(roundTrip(datatype, [2n ** 60n]), [2 ** 60])
})

test('the largest number of a floating-point type is taken as clients write it', () => {
  const largest = { FP16: 65504, BF16: 3.3895313892515355e38, FP32: 3.4028234663852886e38 }
  const written = { FP16: 65519, BF16: 3.3895314e38, FP32: 3.4028235e38 }
  for (const datatype of ['FP16', 'BF16', 'FP32'] as const) {
    const [value, same] = [written[datatype], largest[datatype]]
    assert.deepEqual(roundTrip(datatype, [value, -value]), [same, -same])
  }
})

test('numbers beyond the largest of a floating-point type are refused', () => {
  const cases: [Datatype, unknown][] = [
    ['FP16', 65520],
    ['BF16', 3.4e38],
    ['FP32', 3.4028236e38],
    ['FP64', Number.POSITIVE_INFINITY],
    ['FP32', Number.NaN],
    ['FP32', '1'],
    ['FP32', null],
  ]
  for (const [datatype, value] of cases) {
    assert.throws(() => bytesOfValues(header(datatype), [value]), Refusal, `${datatype} ${value}`)
  }
})

test('little-endian, one byte for BOOL, a 32-bit length before each BYTES element', () => {
  const bytes = (datatype: Datatype, values: unknown[]) => [
    ...bytesOfValues(header(datatype), values),
  ]
  assert.deepEqual(bytes('INT32', [1, -2]), [1, 0, 0, 0, 254, 255, 255, 255])
  assert.deepEqual(bytes('BOOL', [true, false]), [1, 0])
  assert.deepEqual(valuesOfBytes('BOOL', Uint8Array.of(0, 1, 2)), [false, true, true])
  assert.deepEqual(bytes('FP16', [1]), [0, 0x3c])
  assert.deepEqual(bytes('BYTES', ['é', '']), [2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0])
  assert.throws(() => bytes('BOOL', [1]), /true or false/)
  assert.throws(() => bytes('BYTES', [1]), /a string/)
})

test('values are read wherever their bytes start', () => {
  const bytes = bytesOfValues(header('FP64'), [2.5])
  for (const shifted of [new Uint8Array(9), Buffer.from(new ArrayBuffer(9))]) {
    shifted.set(bytes, 1)
    assert.deepEqual(valuesOfBytes('FP64', shifted.subarray(1)), [2.5])
  }
})

test('texts have four bytes of length and then their own bytes, any number of them', () => {
  const raw = Uint8Array.of(2, 0, 0, 0, 97, 98, 0, 0, 0, 0, 1, 0, 0, 0, 255)
  const elements = valuesOfBytes('BYTES', raw).map((element) => [...(element as Uint8Array)])
  assert.deepEqual(elements, [[97, 98], [], [255]])
})
