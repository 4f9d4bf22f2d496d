import assert from 'node:assert/strict'
import type { ClientHttp2Stream } from 'node:http2'
import { test } from 'node:test'
import { createRandom } from '../../random.js'
import { mutated, tries } from '../mutations.test.fixture.js'
import { SAMPLES } from '../samples.test.fixture.js'
import {
  CODES,
  framed,
  grpcClientOfEchoes,
  input,
  ofInteger,
  ofText,
  outcome,
} from './client.test.fixture.js'
import { bytes, entry, message } from './wire.test.fixture.js'

const defects: unknown[] = []
const client = grpcClientOfEchoes({
  log: (event, details) => {
    if (event === 'error') defects.push(details)
  },
})

const REQUEST = message(
  bytes(1, 'echo-FP32'),
  bytes(3, 'seven'),
  entry(4, 'priority', ofInteger(1)),
  input('IN_FP32', 'FP32', [2, 2]),
  bytes(6, message(bytes(1, 'OUT_FP32'), entry(2, 'classification', ofInteger(2)))),
  bytes(7, SAMPLES.FP32.bytes),
)
const REGISTER = message(bytes(1, 'r'), bytes(2, '/none'), entry(3, 'x', ofText('y')))

async function checkSound(): Promise<void> {
  const { code } = await client().call('ModelInfer', [REQUEST])
  assert.equal(code, CODES.OK)
  assert.deepEqual(defects, [])
}

test('messages with errors in them never reveal a defect', async () => {
  const random = createRandom(3)
  const allowed = [CODES.OK, CODES.INVALID_ARGUMENT, CODES.NOT_FOUND]
  for (const _ of tries()) {
    const bytes = mutated(REQUEST, random)
    const { code, details } = await client().call('ModelInfer', [bytes])
    assert.ok(allowed.includes(code), `${bytes.toString('hex')}: ${code} ${details}`)
  }
  await checkSound()
})

test('other calls with errors in them never reveal a defect', async () => {
  const random = createRandom(4)
  const methods = ['ModelMetadata', 'RepositoryIndex', 'SystemSharedMemoryRegister', 'ModelConfig']
  for (const i of tries(1 / 4)) {
    const bytes = mutated(REGISTER, random)
    await client().call(methods[i % methods.length], [bytes])
  }
  await checkSound()
})

test('frames with errors in them only end their own call', async () => {
  const random = createRandom(5)
  for (const _ of tries(1 / 4)) {
    const stream = client().open('ModelInfer')
    stream.end(mutated(framed(REQUEST), random))
    await outcome(stream)
  }
  await checkSound()
})

test('streams that are broken off, and calls that are not calls, reveal no defect either', async () => {
  const breaks: ((stream: ClientHttp2Stream) => void)[] = [
    (stream) => stream.close(8),
    (stream) => stream.write(framed(REQUEST), () => stream.close(8)),
    (stream) => stream.write(framed(REQUEST).subarray(0, 9), () => stream.close(8)),
    (stream) => stream.end(framed(REQUEST).subarray(0, 9)),
    (stream) => stream.end(Buffer.concat([framed(REQUEST), framed(REQUEST)])),
    (stream) => stream.end(),
  ]
  for (const method of ['ModelStreamInfer', 'ModelInfer', 'ServerLive', 'Nothing'])
    for (const breakOff of breaks) {
      const stream = client().open(method)
      breakOff(stream)
      await outcome(stream)
    }
  const { INVALID_ARGUMENT, OK, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = CODES
  const codeOf = async (method: string, headers: Record<string, string>) =>
    (await client().call(method, [REQUEST], headers)).code
  assert.equal(await codeOf('Nothing', {}), UNIMPLEMENTED)
  assert.equal(await codeOf('ModelInfer', { ':path': '/%zz' }), UNIMPLEMENTED)
  assert.equal(await codeOf('ModelInfer', { 'grpc-timeout': 'soon' }), INVALID_ARGUMENT)
  assert.equal(await codeOf('ModelInfer', { 'grpc-timeout': '99999999H' }), OK)
  assert.equal(await codeOf('ModelInfer', { 'some-metadata-bin': 'AAEC', other: 'ü' }), OK)
  const two = await client().call('ModelInfer', [REQUEST, REQUEST])
  const none = await client().call('ModelInfer', [])
  for (const { code, details } of [two, none])
    assert.deepEqual([code, details], [UNIMPLEMENTED, 'expected exactly one message'])
  for (const type of ['text/plain', 'application/grpc-web', 'application/grpc-web+proto']) {
    const stream = client().open('ModelInfer', { 'content-type': type })
    stream.end()
    assert.equal((await outcome(stream)).trailers[':status'], 415, type)
  }
  assert.equal(await codeOf('ModelInfer', { 'content-type': 'application/grpc+proto' }), OK)
  // More metadata than the server accepts ends the call, and no other.
  assert.equal(await codeOf('ModelInfer', { large: 'x'.repeat(40_000) }), RESOURCE_EXHAUSTED)
  await checkSound()
})
