import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InputError } from '../errors.js'
import { createRandom } from '../random.js'
import { DATATYPES, decodeElements } from './client/datatypes.js'
import { randomTensor, shapeFor } from './inputs.js'

const NOTHING = { sizes: new Map() }

function input(shape: readonly number[], datatype: (typeof DATATYPES)[number] = 'FP32') {
  return { name: 'x', datatype, shape }
}

test('a variable first dimension holds the samples, and the others must be given', () => {
  assert.deepEqual(shapeFor(input([-1, 3, 224, 224]), 4, NOTHING), [4, 3, 224, 224])
  assert.deepEqual(shapeFor(input([8, 3]), 1, NOTHING), [8, 3])
  assert.deepEqual(shapeFor(input([]), 1, NOTHING), [])
  const sizes = new Map([['x', [64, 48]]])
  assert.deepEqual(shapeFor(input([-1, 3, -1, -1]), 2, { sizes }), [2, 3, 64, 48])
})

test('shapes that are left open, or hold too many samples, are refused', () => {
  const cases: readonly [readonly number[], number, Map<string, number[]>, RegExp][] = [
    [[-1, -1], 1, new Map(), /--shape x: expected 1 sizes.*found 0/],
    [[-1, 3], 1, new Map([['x', [3]]]), /--shape x: expected 0 sizes.*found 1/],
    [[8, 3], 2, new Map(), /--samples: expected 1 for a model.*\[8,3\], found 2/],
    [[-1, 2 ** 20, 2 ** 20], 1, new Map(), /input x: expected at most/],
  ]
  for (const [shape, samples, sizes, message] of cases) {
    assert.throws(
      () => shapeFor(input(shape), samples, { sizes }),
      (error: Error) => error instanceof InputError && message.test(error.message),
    )
  }
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
