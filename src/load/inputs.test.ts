import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { createRandom } from '../random.js'
import { DATATYPES, decodeElements } from './client/datatypes.js'
import { DrawnElements, randomTensor, shapesFor } from './inputs.js'

function input(shape: readonly number[], datatype: (typeof DATATYPES)[number] = 'FP32') {
  return { name: 'x', datatype, shape }
}

test('a variable first dimension holds the samples, and the others must be given', () => {
  const inputs = [[-1, 3, 224, 224], [-1], [-1, 8, 3]].map((shape) => input(shape))
  assert.deepEqual(shapesFor(inputs, 4, new Map()), [[4, 3, 224, 224], [4], [4, 8, 3]])
  assert.deepEqual(shapesFor([input([8, 3]), input([])], 1, new Map()), [[8, 3], []])
  const sizes = new Map([['x', [64, 48]]])
  assert.deepEqual(shapesFor([input([-1, 3, -1, -1])], 2, sizes), [[2, 3, 64, 48]])
})

test('shapes that are left open, or hold too many samples, are refused', () => {
  const cases: readonly [readonly number[], number, Map<string, number[]>, RegExp][] = [
    [[-1, -1], 1, new Map(), /--shape x: expected 1 sizes.*found 0/],
    [[-1, 3], 1, new Map([['x', [3]]]), /--shape x: expected 0 sizes.*found 1/],
    [[8, 3], 2, new Map(), /--samples: expected 1 for a model.*\[8,3\], found 2/],
  ]
  for (const [shape, samples, sizes, message] of cases) {
    assert.throws(
      () => shapesFor([input(shape)], samples, sizes),
      (error: Error) => error instanceof InputError && message.test(error.message),
    )
  }
})

test('inputs that a server makes too large, each or together, are refused', () => {
  const add = (shapes: number[][], encoding: 'raw' | 'values' = 'raw', datatype = 'FP32') =>
    new DrawnElements(encoding).add(
      shapes.map((shape) => input(shape, datatype as 'FP32')),
      shapes,
    )
  const refused =
    /^InputError: inputs: expected at most 33554432 elements in a request with --encoding raw, found \d+$/
  const half = [4, 2 ** 22]
  add([half, half])
  assert.throws(() => add([half, half, [1]]), refused)
  assert.throws(() => add([[9, 2 ** 22]]), refused)
  add([[2 ** 22]], 'values')
  assert.throws(() => add([[2 ** 22], [1]], 'values'), /at most 4194304 elements .*values/)
  add([[2 ** 22]], 'raw', 'BYTES')
  assert.throws(() => add([[2 ** 22], [1]], 'raw', 'BYTES'), /found 33554440$/)
})

test('random tensors fill their shape with values in their range, the same for the same seed', () => {
  const datatypes = fc.constantFrom(...DATATYPES.filter((datatype) => datatype !== 'BYTES'))
  const ranges = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }))
  fc.assert(
    fc.property(datatypes, ranges, fc.integer(), (datatype, [low, width], seed) => {
      const range = datatype === 'BOOL' ? undefined : { low, high: low + width }
      const draw = () => randomTensor(input([3, 40], datatype), [3, 40], range, createRandom(seed))
      const values = decodeElements(datatype, draw().data).map(Number)
      assert.equal(values.length, 120)
      const { low: from, high: to } = range ?? { low: 0, high: 1 }
      assert.ok(values.every((value) => value >= from && value <= to))
      assert.deepEqual(draw(), draw())
    }),
  )
})

test('a tensor has all elements of its shape, however many are drawn', () => {
  for (const length of [0, 1, 2 ** 16, 2 ** 17 + 1]) {
    const { data } = randomTensor(input([length], 'UINT8'), [length], undefined, createRandom(1))
    assert.equal(data.length, length)
  }
})

test('both ends of a range of integers are drawn', () => {
  const range = { low: 3, high: 5 }
  const { data } = randomTensor(input([200], 'INT64'), [200], range, createRandom(1))
  assert.deepEqual([...new Set(decodeElements('INT64', data))].sort(), [3n, 4n, 5n])
  const between = { low: 2.5, high: 4.9 }
  const { data: inside } = randomTensor(input([200], 'INT32'), [200], between, createRandom(1))
  assert.deepEqual([...new Set(decodeElements('INT32', inside))].sort(), [3, 4])
})

test('texts are words', () => {
  const { data } = randomTensor(input([2], 'BYTES'), [2], undefined, createRandom(1))
  const words = decodeElements('BYTES', data).map(
    (element) => `${Buffer.from(element as Uint8Array)}`,
  )
  assert.ok(words.length === 2 && words.every((word) => /^[a-z]{8}$/.test(word)))
})
