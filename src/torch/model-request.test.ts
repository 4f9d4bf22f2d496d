import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Profile } from '../profile/profile.js'
import {
  inSinglePrecision,
  isBuiltIn,
  isLoadable,
  modelRequest,
  parseInput,
} from './model-request.js'

for (const [text, input] of [
  [
    'pixel_values:float16[3,224,224]',
    { name: 'pixel_values', dtype: 'float16', shape: [3, 224, 224] },
  ],
  ['ids:int64[128]<30522', { name: 'ids', dtype: 'int64', shape: [128], below: 30522 }],
  ['x:float32[ 3, 4 ]', { name: 'x', dtype: 'float32', shape: [3, 4] }],
  ['scale:float32[]', { name: 'scale', dtype: 'float32', shape: [] }],
] as const) {
  test(`an input is read: ${text}`, () => assert.deepEqual(parseInput(text), input))
}

for (const text of [
  '',
  'x',
  'x:float32',
  'x[3]',
  ':float32[3]',
  'x:float32[3',
  'x:float32[0]',
  'x:float32[3,,4]',
  'x:float32[-3]',
  'x:float32[1e3]',
  'x:int64[3]<0',
  'x:int64[3]<',
  'x:float32[3] ',
  `x:float32[${'9'.repeat(20)}]`,
]) {
  test(`text that is not an input is refused: ${JSON.stringify(text)}`, () => {
    assert.equal(parseInput(text), undefined)
  })
}

test('any input is read as it was written', () => {
  const extent = fc.integer({ min: 1, max: 1e6 })
  fc.assert(
    fc.property(fc.array(extent), fc.option(extent, { nil: undefined }), (shape, below) => {
      const limit = below === undefined ? '' : `<${below}`
      const expected = { name: 'x', dtype: 'int64', shape, ...(below !== undefined && { below }) }
      assert.deepEqual(parseInput(`x:int64[${shape.join()}]${limit}`), expected)
    }),
  )
})

for (const [model, expected] of [
  ['albert', true],
  ['torchvision:vit_b_16', true],
  ['transformers:bert?hidden_size=256', true],
  ['eclip:stream', true],
  ['transformers:configs/bert.json', false],
  ['model.pt2', false],
  ['evil2:make', false],
  ['torchvision.models:resnet50', false],
] as const) {
  test(`${model} is ${expected ? '' : 'not '}what a library builds from a name`, () => {
    assert.equal(isBuiltIn(model), expected)
  })
}

const profile: Profile = {
  format: 'eclip.profile/1',
  model: 'vit_b_16',
  batch: 8,
  device: 'h200',
  source: 'measured',
  dtype: 'float16',
  kernels: [],
}

test('a profile with a recipe is loaded by it, an older one by its name', () => {
  const inputs = [{ name: 'x', dtype: 'float16', shape: [3, 224, 224] }]
  const recipe = { specification: 'torchvision:vit_b_16', inputs, channelsLast: true, seed: 3 }
  assert.deepEqual(modelRequest({ ...profile, recipe }), {
    model: 'torchvision:vit_b_16',
    dtype: 'float16',
    inputs,
    channelsLast: true,
    seed: 3,
  })
  assert.deepEqual(modelRequest(profile), { model: 'vit_b_16', dtype: 'float16' })
  assert.ok(isLoadable({ ...profile, recipe }))
  assert.ok(isLoadable({ ...profile, model: 'albert' }))
  assert.ok(!isLoadable(profile))
})

test('in single precision, weights and inputs in half precision are both widened', () => {
  const images = { name: 'x', dtype: 'float16', shape: [3, 224, 224] }
  const tokens = { name: 'ids', dtype: 'int64', shape: [128] }
  const widened = inSinglePrecision({ model: 'm', dtype: 'float16', inputs: [images, tokens] })
  const inputs = [{ ...images, dtype: 'float32' }, tokens]
  assert.deepEqual(widened, { model: 'm', dtype: 'float32', inputs })
})
