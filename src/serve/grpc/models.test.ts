import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { CODES, grpcClientOfEchoes, input, ofInteger, ofText } from './client.test.fixture.js'
import { bytes, entry, type Field, integer, message, packed } from './wire.test.fixture.js'

const client = grpcClientOfEchoes()
const KEY = `eclip-grpc-test-${process.pid}`
const FILE = `/dev/shm/${KEY}`
after(() => rmSync(FILE, { force: true }))

test('health, server and model metadata', async () => {
  assert.equal((await client().ask('ServerLive')).integer(1), 1)
  assert.equal((await client().ask('ServerReady')).integer(1), 1)
  assert.equal((await client().ask('ModelReady', bytes(1, 'vector'))).integer(1), 1)
  const server = await client().ask('ServerMetadata')
  assert.equal(server.text(1), 'eclip')
  assert.ok(server.texts(3).includes('statistics'))
  const model = await client().ask('ModelMetadata', bytes(1, 'echo-FP32'), bytes(2, '1'))
  assert.equal(model.text(1), 'echo-FP32')
  assert.deepEqual(model.texts(2), ['1'])
  assert.equal(model.text(3), 'echo')
  const [tensor] = model.messages(4)
  assert.deepEqual([tensor.text(1), tensor.text(2)], ['IN_FP32', 'FP32'])
  assert.deepEqual(tensor.integers(3), [-1, -1])
  assert.equal(model.messages(5)[0].text(1), 'OUT_FP32')
  const config = (await client().ask('ModelConfig', bytes(1, 'echo-BF16'))).messages(1)[0]
  assert.equal(config.integer(4), 8)
  assert.equal(config.messages(5)[0].integer(2), 14)
  for (const method of ['ModelMetadata', 'ModelConfig', 'ModelStatistics']) {
    await client().refused(CODES.NOT_FOUND, method, bytes(1, 'none'))
    await client().refused(CODES.INVALID_ARGUMENT, method, Uint8Array.of(0x0a))
  }
  for (const field of [bytes(1, 'none'), message(bytes(1, 'vector'), bytes(2, '2'))])
    assert.equal((await client().ask('ModelReady', field)).integer(1), 0)
  for (const method of ['Nothing', 'TraceSetting', 'LogSettings', 'CudaSharedMemoryRegister'])
    assert.match(await client().refused(CODES.UNIMPLEMENTED, method), new RegExp(method))
})

test('a model that is unloaded is refused until it is loaded again', async () => {
  const index = async (...fields: Field[]) =>
    (await client().ask('RepositoryIndex', ...fields))
      .messages(1)
      .map((model) => [model.text(1), model.text(2), model.text(3)].join(' '))
  const name = bytes(2, 'echo-INT8')
  assert.ok((await index()).includes('echo-INT8 1 READY'))
  await client().ask('RepositoryModelUnload', name)
  assert.ok((await index()).includes('echo-INT8 1 UNAVAILABLE'))
  assert.ok(!(await index(integer(2, true))).some((line) => line.startsWith('echo-INT8')))
  assert.equal((await client().ask('ModelReady', bytes(1, 'echo-INT8'))).integer(1), 0)
  await client().refused(CODES.UNAVAILABLE, 'ModelInfer', bytes(1, 'echo-INT8'))
  const config = entry(3, 'config', ofText('{}'))
  await client().refused(CODES.UNIMPLEMENTED, 'RepositoryModelLoad', name, config)
  await client().ask('RepositoryModelLoad', name)
  assert.ok((await index()).includes('echo-INT8 1 READY'))
  for (const method of ['RepositoryIndex', 'RepositoryModelLoad', 'RepositoryModelUnload'])
    await client().refused(CODES.UNIMPLEMENTED, method, bytes(1, 'other'))
  const failure = await client().refused(CODES.NOT_FOUND, 'RepositoryModelLoad', bytes(2, 'none'))
  assert.match(failure, /^failed to load 'none': Request for unknown model/)
})

test('statistics count requests and rows', async () => {
  const request = [bytes(1, 'echo-UINT8'), input('IN_UINT8', 'UINT8', [3, 1]), bytes(7, [1, 2, 3])]
  await client().ask('ModelInfer', ...request)
  const answer = await client().ask('ModelStatistics', bytes(1, 'echo-UINT8'))
  const [statistics] = answer.messages(1)
  assert.equal(statistics.integer(4), 3)
  assert.equal(statistics.integer(5), 1)
  assert.equal(statistics.messages(6)[0].messages(1)[0].integer(1), 1)
  assert.equal(statistics.messages(7)[0].integer(1), 3)
  const all = await client().ask('ModelStatistics')
  assert.equal(all.messages(1).length, client().server.service.backend.models.size)
})

test('inputs come from shared memory and outputs go there', async () => {
  writeFileSync(FILE, Buffer.from([1, 2, 3, 0, 0, 0]))
  const region = bytes(1, 'io')
  const register = [region, bytes(2, `/${KEY}`), integer(4, 6)]
  await client().ask('SystemSharedMemoryRegister', ...register)
  await client().refused(CODES.ALREADY_EXISTS, 'SystemSharedMemoryRegister', ...register)
  const unnamed = register.slice(1)
  await client().refused(CODES.INVALID_ARGUMENT, 'SystemSharedMemoryRegister', ...unnamed)
  const status = await client().ask('SystemSharedMemoryStatus')
  assert.equal(status.messages(1).length, 1)
  const [one] = status.messages(1)
  assert.equal(one.text(1), 'io')
  assert.equal(one.messages(2)[0].integer(4), 6)
  const part = (field: number, offset: number) => [
    entry(field, 'shared_memory_region', ofText('io')),
    entry(field, 'shared_memory_offset', ofInteger(offset)),
    entry(field, 'shared_memory_byte_size', ofInteger(3)),
  ]
  const answer = await client().ask(
    'ModelInfer',
    bytes(1, 'echo-UINT8'),
    input('IN_UINT8', 'UINT8', [1, 3], ...part(4, 0)),
    bytes(6, message(bytes(1, 'OUT_UINT8'), ...part(2, 3))),
  )
  assert.deepEqual([...readFileSync(FILE)], [1, 2, 3, 1, 2, 3])
  assert.deepEqual(answer.texts(6), [''])
  const both = [bytes(5, message(packed(4, [1, 2, 3]))), ...part(4, 0)]
  const details = await client().refused(
    CODES.INVALID_ARGUMENT,
    'ModelInfer',
    bytes(1, 'echo-UINT8'),
    input('IN_UINT8', 'UINT8', [1, 3], ...both),
  )
  assert.match(details, /contents or shared memory, found both/)
  await client().ask('SystemSharedMemoryUnregister', region)
  await client().refused(CODES.NOT_FOUND, 'SystemSharedMemoryStatus', region)
  assert.deepEqual((await client().ask('CudaSharedMemoryStatus')).messages(1), [])
  await client().ask('CudaSharedMemoryUnregister')
})
