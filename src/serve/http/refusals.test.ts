import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOfEchoes, errorOf, fp32 } from './client.test.fixture.js'

const client = clientOfEchoes()

test('wrong requests are answered with 400 and say what was expected', async () => {
  const wrong: [unknown, RegExp][] = [
    [[], /object/],
    [{}, /inputs/],
    [{ inputs: {} }, /inputs/],
    [{ inputs: [] }, /expected input 'IN_FP32', found nothing$/],
    [{ inputs: [7] }, /object/],
    [{ inputs: [fp32()], id: 7 }, /id/],
    [{ inputs: [fp32()], parameters: [] }, /parameters/],
    [{ inputs: [fp32()], parameters: { priority: -1 } }, /priority/],
    [{ inputs: [fp32()], parameters: { timeout: 'soon' } }, /timeout/],
    [{ inputs: [fp32()], parameters: { x: null } }, /parameter x/],
    [{ inputs: [fp32()], parameters: { binary_data_output: 1 } }, /true or false/],
    [{ inputs: [fp32('other')] }, /expected input 'IN_FP32', found 'other'$/],
    [{ inputs: [fp32(), fp32('other')] }, /unexpected input 'other'/],
    [{ inputs: [fp32(), fp32()] }, /twice/],
    [{ inputs: [{ ...fp32(), name: undefined }] }, /name/],
    [{ inputs: [{ ...fp32(), datatype: 'FP31' }] }, /unknown datatype/],
    [{ inputs: [{ ...fp32(), datatype: 'INT32' }] }, /expected FP32, found INT32/],
    [{ inputs: [{ ...fp32(), data: undefined }] }, /found none/],
    [{ inputs: [{ ...fp32(), parameters: { binary_data_size: 0 } }] }, /several/],
    [{ inputs: [{ ...fp32(), data: 'abc' }] }, /array/],
    [{ inputs: [{ ...fp32(), data: [1] }] }, /expected 2 elements .* found 1/],
    [{ inputs: [{ ...fp32(), data: [1, 'x'] }] }, /expected a number/],
    [{ inputs: [{ ...fp32(), data: [1, null] }] }, /expected a number/],
    [{ inputs: [fp32('IN_FP32', null)] }, /shape/],
    [{ inputs: [fp32('IN_FP32', [1, -2])] }, /whole dimensions/],
    [{ inputs: [fp32('IN_FP32', [1, 2.5])] }, /whole dimensions/],
    [{ inputs: [fp32('IN_FP32', [1, '2'])] }, /whole dimensions/],
    [{ inputs: [fp32('IN_FP32', [2])] }, /expected shape \[-1,-1\]/],
    [{ inputs: [fp32('IN_FP32', [2 ** 4, 2 ** 52])] }, /too large/],
    [{ inputs: [fp32('IN_FP32', [2 ** 52, 2 ** 52])] }, /too large/],
    [{ inputs: [fp32('IN_FP32', [9, 1], [...Array(9).keys()])] }, /batch of 1 to 8/],
    [{ inputs: [fp32('IN_FP32', [0, 2], [])] }, /batch of 1 to 8/],
    [{ inputs: [fp32()], outputs: [{ name: 'other' }] }, /unexpected output/],
    [{ inputs: [fp32()], outputs: [{ name: 'OUT_FP32' }, { name: 'OUT_FP32' }] }, /twice/],
    [{ inputs: [fp32()], outputs: 'OUT_FP32' }, /outputs/],
  ]
  for (const [request, message] of wrong) {
    assert.match(await errorOf(await client.inferJson('echo-FP32', request), 400), message)
  }
  const deep = `${'['.repeat(50_000)}1${']'.repeat(50_000)}`
  const nested = `{"inputs":[{"name":"IN_FP32","datatype":"FP32","shape":[1,1],"data":${deep}}]}`
  const path = '/v2/models/echo-FP32/infer'
  assert.match(await errorOf(await client.post(path, nested), 400), /deep/)
  assert.match(await errorOf(await client.post(path, '{"inputs"'), 400), /not JSON/)
  assert.match(
    await errorOf(await client.post(path, Buffer.from([0x22, 0xff, 0x22])), 400),
    /UTF-8/,
  )
  await errorOf(await client.post(path, ''), 400)
})

test('binary parts that do not add up', async () => {
  const input = (size: unknown) => ({
    inputs: [{ ...fp32(), data: undefined, parameters: { binary_data_size: size } }],
  })
  const eight = Array(8).fill(0)
  const cases: [unknown, number[], RegExp][] = [
    [input(8), eight.slice(1), /expected 8 bytes of binary data, found 7/],
    [input(8), [...eight, 0], /1 bytes of binary data belong to no input/],
    [input(4), eight.slice(4), /expected 8 bytes for shape/],
    [input('8'), eight, /binary_data_size/],
    [input(-8), eight, /binary_data_size/],
  ]
  for (const [json, tail, message] of cases) {
    assert.match(await errorOf(await client.inferBinary('echo-FP32', json, tail), 400), message)
  }
  const text = (bytes: number[]) =>
    client.inferBinary(
      'echo-BYTES',
      {
        inputs: [
          {
            name: 'IN_BYTES',
            datatype: 'BYTES',
            shape: [1, 1],
            parameters: { binary_data_size: bytes.length },
          },
        ],
      },
      bytes,
    )
  assert.match(await errorOf(await text([9, 0, 0, 0, 1]), 400), /past the data/)
  assert.match(await errorOf(await text([0, 0]), 400), /past the data/)
  assert.match(await errorOf(await text([0, 0, 0, 0, 0, 0, 0, 0]), 400), /found 2/)
  assert.match(await errorOf(await text([1, 0, 0, 0, 0xff]), 400), /not UTF-8/)
  const path = '/v2/models/echo-FP32/infer'
  for (const length of ['x', '-1', '999', '1e3']) {
    const headers = { 'inference-header-content-length': length }
    await errorOf(await client.post(path, '{}', headers), 400)
  }
})

test('a missing path is answered with 404, another method with 405', async () => {
  for (const path of [
    '/dashboard.html',
    '/v2/nothing',
    '/v2/models',
    '/v2/models/none',
    '/v3',
    '/v2/models//x',
  ]) {
    await errorOf(await client.get(path), 404)
  }
  assert.match(await errorOf(await client.inferJson('none', {}), 404), /unknown model: 'none'/)
  await errorOf(await client.post('/v2/models/echo-FP32/versions/2/infer', '{}'), 404)
  await errorOf(await client.get('/v2/models/echo-FP32/versions/2'), 404)
  await errorOf(await client.get('/v2/models/none/stats'), 404)
  await errorOf(await client.post('/v2/repository/models/none/load'), 404)
  await errorOf(await client.get('/v2/models/echo-FP32/infer'), 405)
  await errorOf(await client.post('/v2/health/live'), 405)
  await errorOf(await client.get('/v2/models/%ff'), 400)
})
