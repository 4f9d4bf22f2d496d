import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOfEchoes, errorOf, fp32, jsonOf } from './client.test.fixture.js'

const client = clientOfEchoes()

interface Statistics {
  readonly model_stats: readonly {
    readonly inference_count: number
    readonly execution_count: number
    readonly inference_stats: Readonly<Record<string, { readonly count: number }>>
    readonly batch_stats: readonly { readonly batch_size: number }[]
  }[]
}

test('health, server and model metadata', async () => {
  assert.deepEqual(await (await client.get('/v2/health/live')).json(), { live: true })
  assert.deepEqual(await (await client.get('/v2/health/ready')).json(), { live: true, ready: true })
  const metadata = await jsonOf<{ name: string; extensions: string[] }>(client.get('/v2'))
  assert.equal(metadata.name, 'eclip')
  assert.ok(metadata.extensions.includes('binary_tensor_data'))
  assert.deepEqual(await (await client.get('/v2/models/echo-FP32')).json(), {
    name: 'echo-FP32',
    versions: ['1'],
    platform: 'echo',
    inputs: [{ name: 'IN_FP32', datatype: 'FP32', shape: [-1, -1] }],
    outputs: [{ name: 'OUT_FP32', datatype: 'FP32', shape: [-1, -1] }],
  })
  assert.equal((await client.get('/v2/models/echo-FP32/versions/1')).status, 200)
  const ready = await client.get('/v2/models/echo-FP32/versions/1/ready')
  assert.deepEqual(await ready.json(), { name: 'echo-FP32', ready: true })
  assert.deepEqual(await jsonOf(client.get('/v2/models/echo-FP32/config')), {
    name: 'echo-FP32',
    platform: 'echo',
    backend: 'echo',
    max_batch_size: 8,
    input: [{ name: 'IN_FP32', data_type: 'TYPE_FP32', dims: [-1], format: 'FORMAT_NONE' }],
    output: [{ name: 'OUT_FP32', data_type: 'TYPE_FP32', dims: [-1] }],
    dynamic_batching: {},
  })
})

test('a model that is unloaded is refused until it is loaded again', async () => {
  const index = (request: object) =>
    jsonOf<{ name: string; state: string }[]>(
      client.post('/v2/repository/index', JSON.stringify(request)),
    )
  const readyNames = async () => (await index({ ready: true })).map(({ name }) => name)
  assert.ok((await readyNames()).includes('echo-INT8'))
  assert.equal((await client.post('/v2/repository/models/echo-INT8/unload')).status, 200)
  assert.ok(!(await readyNames()).includes('echo-INT8'))
  const entry = (await index({})).find(({ name }) => name === 'echo-INT8')
  assert.equal(entry?.state, 'UNAVAILABLE')
  assert.equal((await client.get('/v2/models/echo-INT8/ready')).status, 503)
  assert.match(await errorOf(await client.inferJson('echo-INT8', {}), 503), /not ready/)
  const load = JSON.stringify({ parameters: { config: '{}' } })
  await errorOf(await client.post('/v2/repository/models/echo-INT8/load', load), 501)
  assert.equal((await client.post('/v2/repository/models/echo-INT8/load')).status, 200)
  assert.equal((await client.get('/v2/models/echo-INT8/ready')).status, 200)
})

test('statistics and metrics count requests, rows and failures', async () => {
  const inputs = [fp32('IN_FP32', [3], [1, 2, 3])]
  assert.equal((await client.inferJson('vector', { inputs })).status, 200)
  await client.inferJson('vector', { inputs: [fp32()] })
  const { model_stats } = await jsonOf<Statistics>(client.get('/v2/models/vector/stats'))
  assert.equal(model_stats.length, 1)
  const [statistics] = model_stats
  assert.equal(statistics.inference_count, 1)
  assert.equal(statistics.execution_count, 1)
  assert.equal(statistics.inference_stats.success.count, 1)
  assert.equal(statistics.inference_stats.fail.count, 1)
  assert.equal(statistics.batch_stats[0].batch_size, 1)
  const every = await jsonOf<Statistics>(client.get('/v2/models/stats'))
  assert.equal(every.model_stats.length, client.server.service.backend.models.size)
  const text = await (await client.get('/metrics')).text()
  assert.match(text, /^nv_inference_request_success\{model="vector",version="1"\} 1$/m)
  assert.match(text, /^nv_inference_request_failure\{model="vector",version="1"\} 1$/m)
  assert.match(text, /^eclip_request_duration_seconds_count\{model="vector"\} 1$/m)
  assert.match(
    text,
    /^eclip_requests_total\{model="vector",outcome="refused",reason="invalid"\} 1$/m,
  )
})

test('settings of traces and logs are answered as unsupported, which differs from a wrong path', async () => {
  for (const path of ['/v2/trace/setting', '/v2/models/vector/trace/setting', '/v2/logging']) {
    assert.match(await errorOf(await client.get(path), 501), /not supported/)
    assert.match(await errorOf(await client.post(path, '{}'), 501), /not supported/)
  }
})
