import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { SAMPLES } from '../samples.test.fixture.js'
import { clientOfEchoes, errorOf, fp32, type InferAnswer, jsonOf } from './client.test.fixture.js'
import { chooseEncoding } from './compression.js'

const client = clientOfEchoes()

test('compressed requests and responses', async () => {
  const request = Buffer.from(JSON.stringify({ inputs: [fp32()] }))
  const path = '/v2/models/echo-FP32/infer'
  for (const [encoding, body] of [
    ['gzip', gzipSync(request)],
    ['deflate', deflateSync(request)],
  ] as const) {
    const headers = { 'content-encoding': encoding, 'accept-encoding': encoding }
    const response = await client.post(path, body, headers)
    assert.equal(response.headers.get('content-encoding'), encoding)
    const { outputs } = await jsonOf<InferAnswer>(response)
    assert.deepEqual(outputs[0].data, [1, 2])
  }
  // The length of the JSON is its length before compression.
  const bytes = SAMPLES.FP32.bytes
  const json = {
    parameters: { binary_data_output: true },
    inputs: [{ ...fp32(), data: undefined, shape: [2, 2], parameters: { binary_data_size: 16 } }],
  }
  const head = Buffer.from(JSON.stringify(json))
  const response = await client.post(path, gzipSync(Buffer.concat([head, Buffer.from(bytes)])), {
    'content-encoding': 'gzip',
    'accept-encoding': 'deflate;q=0.5, gzip;q=0.1',
    'inference-header-content-length': `${head.byteLength}`,
  })
  assert.equal(response.headers.get('content-encoding'), 'deflate')
  const body = Buffer.from(await response.arrayBuffer())
  const length = Number(response.headers.get('inference-header-content-length'))
  assert.deepEqual([...body.subarray(length)], bytes)
})

test('an answer is compressed as the client weighs the encodings', () => {
  for (const [accepted, expected] of [
    ['gzip, deflate', 'gzip'],
    ['deflate', 'deflate'],
    ['identity, gzip', 'gzip'],
    ['br, *', 'gzip'],
    ['gzip;q=0, *', 'deflate'],
    ['identity;q=1, gzip;q=0.1', undefined],
    ['*;q=0', undefined],
    ['gzip;q=much', undefined],
    ['br', undefined],
  ] as const) {
    assert.equal(chooseEncoding(accepted), expected, accepted)
  }
})

test('long answers are compressed, and short ones too', async () => {
  const values = Array.from({ length: 5000 }, (_, i) => i)
  const request = JSON.stringify({ inputs: [fp32('IN_FP32', [1, values.length], values)] })
  const headers = { 'accept-encoding': 'gzip' }
  const response = await client.post('/v2/models/echo-FP32/infer', request, headers)
  assert.equal(response.headers.get('content-encoding'), 'gzip')
  assert.ok(Number(response.headers.get('content-length')) < request.length)
  assert.deepEqual((await jsonOf<InferAnswer>(response)).outputs[0].data, values)
})

test('bodies that do not have the encoding they announce', async () => {
  const path = '/v2/models/echo-FP32/infer'
  const gzip = { 'content-encoding': 'gzip' }
  assert.match(await errorOf(await client.post(path, 'plain', gzip), 400), /not gzip/)
  const cut = gzipSync(JSON.stringify({ inputs: [fp32()] })).subarray(0, 20)
  await errorOf(await client.post(path, cut, gzip), 400)
  const refused = await client.post(path, 'x', { 'content-encoding': 'br' })
  await errorOf(refused, 415)
  assert.equal(refused.headers.get('accept-encoding'), 'gzip, deflate')
})
