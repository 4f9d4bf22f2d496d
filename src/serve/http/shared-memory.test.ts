import assert from 'node:assert/strict'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { clientOfEchoes, errorOf, fp32, type InferAnswer, jsonOf } from './client.test.fixture.js'

const client = clientOfEchoes()
const KEY = `eclip-http-test-${process.pid}`
const FILE = `/dev/shm/${KEY}`
after(() => rmSync(FILE, { force: true }))

const MEMORY = '/v2/systemsharedmemory'

function part(offset: number, size: number) {
  return {
    shared_memory_region: 'io',
    shared_memory_offset: offset,
    shared_memory_byte_size: size,
  }
}

function register(body: object): Promise<Response> {
  return client.post(`${MEMORY}/region/io/register`, JSON.stringify(body))
}

test('inputs come from shared memory and outputs go there', async () => {
  writeFileSync(FILE, Buffer.from(Float32Array.of(1, 2, 0, 0, 0).buffer))
  assert.equal((await register({ key: `/${KEY}`, offset: 0, byte_size: 20 })).status, 200)
  const status = [{ name: 'io', key: `/${KEY}`, offset: 0, byte_size: 20 }]
  assert.deepEqual(await jsonOf(client.get(`${MEMORY}/status`)), status)
  assert.deepEqual(await jsonOf(client.get(`${MEMORY}/region/io/status`)), status)
  const input = { ...fp32(), data: undefined, parameters: part(0, 8) }
  const outputs = [{ name: 'OUT_FP32', parameters: part(12, 8) }]
  const response = await client.inferJson('echo-FP32', { inputs: [input], outputs })
  const answer = await jsonOf<InferAnswer>(response)
  assert.deepEqual(answer.outputs, [
    {
      name: 'OUT_FP32',
      datatype: 'FP32',
      shape: [1, 2],
      parameters: { shared_memory_region: 'io', shared_memory_byte_size: 8 },
    },
  ])
  const written = readFileSync(FILE)
  assert.deepEqual([...new Float32Array(new Uint8Array(written).buffer)], [1, 2, 0, 1, 2])
  assert.equal((await client.post(`${MEMORY}/region/io/unregister`)).status, 200)
  assert.deepEqual(await jsonOf(client.get(`${MEMORY}/status`)), [])
  await errorOf(await client.get(`${MEMORY}/region/io/status`), 404)
})

test('wrong uses of shared memory', async () => {
  writeFileSync(FILE, Buffer.alloc(8))
  for (const body of [{}, { key: 7, byte_size: 8 }, { key: KEY }, { key: KEY, byte_size: -1 }]) {
    await errorOf(await register(body), 400)
  }
  await errorOf(await register({ key: KEY, byte_size: 9 }), 400)
  const unnamed = `${MEMORY}/region//register`
  const good = JSON.stringify({ key: KEY, byte_size: 8 })
  await errorOf(await client.post(unnamed, good), 404)
  const longName = await client.post(`${MEMORY}/region/${'x'.repeat(257)}/register`, good)
  assert.match(await errorOf(longName, 400), /at most 256 characters, found 257/)
  assert.equal((await register({ key: KEY, byte_size: 8 })).status, 200)
  await errorOf(await register({ key: KEY, byte_size: 8 }), 400)
  const infer = (parameters: object, data?: unknown) =>
    client.inferJson('echo-FP32', { inputs: [{ ...fp32(), data, parameters }] })
  await errorOf(await infer(part(0, 8), [1, 2]), 400)
  assert.match(await errorOf(await infer(part(0, 4)), 400), /expected 8 bytes/)
  assert.match(await errorOf(await infer(part(4, 8)), 400), /fewer than/)
  await errorOf(await infer({ shared_memory_region: 'io' }), 400)
  await errorOf(await infer({ shared_memory_byte_size: 8 }), 400)
  await errorOf(await infer({ ...part(0, 8), shared_memory_region: 'none' }), 404)
  const ask = (parameters: object) =>
    client.inferJson('echo-FP32', { inputs: [fp32()], outputs: [{ name: 'OUT_FP32', parameters }] })
  assert.match(await errorOf(await ask(part(0, 4)), 400), /room for 8 bytes, found 4/)
  await errorOf(await ask({ ...part(0, 8), classification: 1 }), 400)
  assert.equal((await client.post(`${MEMORY}/unregister`)).status, 200)
})

test('BYTES of any length are not read for a model that takes none, and never too many at once', async () => {
  const size = 2 ** 30
  writeFileSync(FILE, '')
  truncateSync(FILE, size)
  assert.equal((await register({ key: KEY, byte_size: size })).status, 200)
  const infer = (type: string) => {
    const input = { name: `IN_${type}`, datatype: 'BYTES', shape: [1, 1] }
    const inputs = [{ ...input, parameters: part(0, size) }]
    return client.inferJson(`echo-${type}`, { inputs })
  }
  assert.match(await errorOf(await infer('FP32'), 400), /expected FP32, found BYTES/)
  assert.match(await errorOf(await infer('BYTES'), 413), /longer than/)
  assert.equal((await client.post(`${MEMORY}/unregister`)).status, 200)
})

test('clients that clean up memory on the device are told that there is none', async () => {
  assert.deepEqual(await jsonOf(client.get('/v2/cudasharedmemory/status')), [])
  assert.equal((await client.post('/v2/cudasharedmemory/unregister')).status, 200)
  await errorOf(await client.post('/v2/cudasharedmemory/region/x/register', '{}'), 501)
})
