import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../refusal.js'
import { classify } from './classification.js'
import { type OutputTensor, splitElements } from './tensors.js'

function output(values: Float32Array | BigInt64Array, rows: number): OutputTensor {
  const datatype = values instanceof Float32Array ? 'FP32' : 'INT64'
  const data = new Uint8Array(values.buffer)
  return { name: 'out', datatype, shape: [rows, values.length / rows], data }
}

function classesOf(values: Float32Array | BigInt64Array, rows: number, classes: number): string[] {
  const { data } = classify(output(values, rows), classes, 'batched')
  return splitElements(data).map((element) => Buffer.from(element).toString())
}

test('the highest values of each row, highest first, and equal ones in their order', () => {
  const values = Float32Array.of(1, 5, 5, 2, 0, 0, 0, 0)
  assert.deepEqual(classesOf(values, 2, 3), ['5:1', '5:2', '2:3', '0:0', '0:1', '0:2'])
  assert.deepEqual(classesOf(Float32Array.of(1, 2), 1, 9), ['2:1', '1:0'])
})

test('NaN is below all numbers', () => {
  const values = Float32Array.of(Number.NaN, -5, Number.NaN, -1)
  assert.deepEqual(classesOf(values, 1, 2), ['-1:3', '-5:1'])
})

test('integers past 2^53 are told apart', () => {
  const most = 2n ** 62n
  const values = BigInt64Array.of(most, most + 1n, 7n)
  assert.deepEqual(classesOf(values, 1, 1), [`${most + 1n}:1`])
})

test('more classes than can be sent in reasonable time are refused', () => {
  const values = new Float32Array(2 ** 19)
  assert.equal(classesOf(values, 2, 2).length, 4)
  assert.throws(
    () => classesOf(values, 2, 2 ** 18),
    (error) => error instanceof Refusal && error.reason === 'too-large',
  )
})
