import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packArguments } from './launch-arguments.js'
import { addressOf, outNumber, outPointer, outText, pointerArray } from './native.js'
import type { Launch } from './partitioned-device.js'

test('what calls write to their out parameters is returned, and what they leave alone is zero', () => {
  assert.equal(
    outPointer((cell) => (cell[0] = 7n)),
    7n,
  )
  assert.equal(
    outPointer(() => {}),
    0n,
  )
  assert.equal(
    outNumber((cell) => (cell[0] = 12n)),
    12,
  )
  assert.equal(
    outNumber(() => {}),
    0,
  )
  assert.equal(
    outText(8, (buffer) => buffer.write('H200\0x')),
    'H200',
  )
  assert.equal(
    outText(4, (buffer) => buffer.write('H200')),
    'H200',
  )
  assert.equal(
    outText(4, () => {}),
    '',
  )
})

test('pointers lie side by side, in the order of the machine', () => {
  const array = new BigUint64Array(Uint8Array.from(pointerArray([1n, 2n ** 63n, 3n])).buffer)
  assert.deepEqual([...array], [1n, 2n ** 63n, 3n])
})

test('the arguments of a launch are pointers to its numbers and to the addresses of its buffers', () => {
  const launch = { args: [5, { address: 1234n }, 6] } as unknown as Launch
  const { pointers, values } = packArguments(launch)
  const read = (bytes: Buffer): bigint[] =>
    Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readBigUInt64LE(8 * i))
  assert.deepEqual(read(values), [5n, 1234n, 6n])
  const base = addressOf(values)
  assert.deepEqual(read(pointers), [base, base + 8n, base + 16n])
  assert.equal(packArguments(launch), packArguments(launch), 'made once for each launch')
})
