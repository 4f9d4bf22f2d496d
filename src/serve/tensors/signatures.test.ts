import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assumedSignature } from './signatures.js'

test('a simulated model takes the inputs that its profile gives for the real one', () => {
  const { inputs, outputs } = assumedSignature({
    model: 'transformers:clip',
    inputs: [
      { name: 'input_ids', dtype: 'int64', shape: [77] },
      { name: 'pixel_values', dtype: 'float16', shape: [3, 224, 224] },
    ],
  })
  assert.deepEqual(inputs, [
    { name: 'INPUT__0', datatype: 'INT64', shape: [-1, 77] },
    { name: 'INPUT__1', datatype: 'FP16', shape: [-1, 3, 224, 224] },
  ])
  assert.deepEqual(outputs, [{ name: 'OUTPUT__0', datatype: 'FP32', shape: [-1, 77, 768] }])
})

test('without a recipe, a model named after BERT takes tokens, any other images', () => {
  const inputOf = (model: string) => assumedSignature({ model }).inputs[0]
  assert.deepEqual(inputOf('albert').shape, [-1, 128])
  assert.deepEqual(inputOf('vgg19').shape, [-1, 3, 224, 224])
})

test('a type that the protocol does not know cannot be served', () => {
  const inputs = [{ name: 'x', dtype: 'complex64', shape: [2] }]
  assert.throws(() => assumedSignature({ model: 'm', inputs }), {
    name: 'WorkError',
    message: 'INPUT__0: complex64 cannot be served',
  })
})
