import assert from 'node:assert/strict'
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

test('messages with something wrong in them never find a defect', async () => {
  const random = createRandom(3)
  const allowed = [CODES.OK, CODES.INVALID_ARGUMENT, CODES.NOT_FOUND]
  for (const _ of tries()) {
    const bytes = mutated(REQUEST, random)
    const { code, details } = await client().call('ModelInfer', [bytes])
    assert.ok(allowed.includes(code), `${bytes.toString('hex')}: ${code} ${details}`)
  }
  await checkSound()
})

test('other calls with something wrong in them never find a defect', async () => {
  const random = createRandom(4)
  const methods = ['ModelMetadata', 'RepositoryIndex', 'SystemSharedMemoryRegister', 'ModelConfig']
  for (const i of tries(1 / 4)) {
    const bytes = mutated(REGISTER, random)
    await client().call(methods[i % methods.length], [bytes])
  }
  await checkSound()
})

test('frames with something wrong in them end their call only', async () => {
  const random = createRandom(5)
  for (const _ of tries(1 / 4)) {
    const stream = client().open('ModelInfer')
    stream.end(mutated(framed(REQUEST), random))
    await outcome(stream)
  }
  await checkSound()
})
