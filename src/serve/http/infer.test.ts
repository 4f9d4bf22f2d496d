import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SAMPLES } from '../samples.test.fixture.js'
import { DATATYPES } from '../tensors/datatypes.js'
import {
  clientOfEchoes,
  errorOf,
  fp32,
  type InferAnswer,
  jsonOf,
  split,
} from './client.test.fixture.js'

const client = clientOfEchoes()

test('every data type goes through as JSON', async () => {
  for (const datatype of DATATYPES) {
    const { json } = SAMPLES[datatype]
    const input = { name: `IN_${datatype}`, datatype, shape: [2, 2], data: json }
    const response = await client.inferJson(`echo-${datatype}`, { id: 'seven', inputs: [input] })
    assert.equal(response.status, 200, datatype)
    assert.deepEqual(await response.json(), {
      model_name: `echo-${datatype}`,
      model_version: '1',
      id: 'seven',
      outputs: [{ name: `OUT_${datatype}`, datatype, shape: [2, 2], data: json }],
    })
  }
})

test('every data type goes through as bytes, in whichever way bytes are asked for', async () => {
  for (const datatype of DATATYPES) {
    const { bytes } = SAMPLES[datatype]
    const parameters = { binary_data_size: bytes.length }
    const inputs = [{ name: `IN_${datatype}`, datatype, shape: [2, 2], parameters }]
    const name = `OUT_${datatype}`
    const asking = [
      { inputs, parameters: { binary_data_output: true } },
      { inputs, outputs: [{ name, parameters: { binary_data: true } }] },
    ]
    for (const request of asking) {
      const response = await client.inferBinary(`echo-${datatype}`, request, bytes)
      assert.equal(response.headers.get('content-type'), 'application/octet-stream')
      const { json, tail } = await split(response)
      assert.deepEqual(json.outputs, [{ name, datatype, shape: [2, 2], parameters }])
      assert.deepEqual(tail, bytes, datatype)
    }
  }
})

test('JSON and bytes carry the same values', async () => {
  for (const datatype of DATATYPES) {
    const { json, bytes } = SAMPLES[datatype]
    const request = {
      parameters: { binary_data_output: true },
      inputs: [{ name: `IN_${datatype}`, datatype, shape: [2, 2], data: json }],
    }
    const { tail } = await split(await client.inferJson(`echo-${datatype}`, request))
    assert.deepEqual(tail, bytes, datatype)
  }
})

test('several inputs and outputs, bytes and JSON mixed, in the requested order', async () => {
  const inputs = DATATYPES.map((datatype, i) => {
    const { json, bytes } = SAMPLES[datatype]
    const common = { name: `IN_${datatype}`, datatype, shape: [2, 2] }
    return i % 2 === 0
      ? { ...common, data: json }
      : { ...common, parameters: { binary_data_size: bytes.length } }
  })
  const sent = DATATYPES.filter((_, i) => i % 2 === 1).flatMap((type) => SAMPLES[type].bytes)
  const outputs = [
    { name: 'OUT_INT8', parameters: { binary_data: true } },
    { name: 'OUT_FP32' },
    { name: 'OUT_BOOL', parameters: { binary_data: true } },
  ]
  const { json, tail } = await split(
    await client.inferBinary('echo-all', { inputs, outputs }, sent),
  )
  assert.deepEqual(
    json.outputs.map(({ name, data, parameters }) => [name, data, parameters]),
    [
      ['OUT_INT8', undefined, { binary_data_size: 4 }],
      ['OUT_FP32', SAMPLES.FP32.json, undefined],
      ['OUT_BOOL', undefined, { binary_data_size: 4 }],
    ],
  )
  assert.deepEqual(tail, [...SAMPLES.INT8.bytes, ...SAMPLES.BOOL.bytes])
})

test('integers past 2^53 are exact in JSON', async () => {
  const body = (name: string, data: string) =>
    `{"inputs":[{"name":"IN_${name}","datatype":"${name}","shape":[1,2],"data":[${data}]}]}`
  for (const [name, data] of [
    ['INT64', '-9223372036854775808,9007199254740993'],
    ['UINT64', '18446744073709551615,0'],
  ]) {
    const response = await client.post(`/v2/models/echo-${name}/infer`, body(name, data))
    assert.match(await response.text(), new RegExp(`"data":\\[${data}\\]`))
  }
  await errorOf(
    await client.post('/v2/models/echo-INT64/infer', body('INT64', '9223372036854775808,0')),
    400,
  )
})

test('nested data means the same as flat data', async () => {
  const input = fp32(
    'IN_FP32',
    [2, 2],
    [
      [1, 2],
      [3, 4],
    ],
  )
  const response = await client.inferJson('echo-FP32', { inputs: [input] })
  const { outputs } = await jsonOf<InferAnswer>(response)
  assert.deepEqual(outputs[0].data, [1, 2, 3, 4])
})

test('NaN and infinities are null in JSON', async () => {
  const tail = [0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x7f]
  const input = { ...fp32(), data: undefined, parameters: { binary_data_size: 8 } }
  const response = await client.inferBinary('echo-FP32', { inputs: [input] }, tail)
  const { outputs } = await jsonOf<InferAnswer>(response)
  assert.deepEqual(outputs[0].data, [null, null])
})

test('a raw request needs no JSON at all', async () => {
  const headers = { 'inference-header-content-length': '0' }
  const raw = (model: string, bytes: number[]) =>
    client.post(`/v2/models/${model}/infer`, Buffer.from(bytes), headers)
  const { json, tail } = await split(await raw('echo-FP32', SAMPLES.FP32.bytes))
  assert.deepEqual(json.outputs[0].shape, [1, 4])
  assert.deepEqual(tail, SAMPLES.FP32.bytes)
  assert.match(await errorOf(await raw('echo-FP32', [1, 2, 3]), 400), /expected 0 bytes/)
  assert.match(await errorOf(await raw('echo-all', [1]), 400), /1 input/)
})

test('the highest classes of an output, with labels if there are any', async () => {
  const inputs = [fp32('IN_FP32', [2, 3], [0.5, 3, 2, 1, 0, -1])]
  const outputs = [{ name: 'OUT_FP32', parameters: { classification: 2 } }]
  const response = await client.inferJson('echo-FP32', { inputs, outputs })
  assert.deepEqual((await jsonOf<InferAnswer>(response)).outputs, [
    {
      name: 'OUT_FP32',
      datatype: 'BYTES',
      shape: [2, 2],
      data: ['3:1:dog', '2:2:bird', '1:0:cat', '0:1:dog'],
    },
  ])
})
