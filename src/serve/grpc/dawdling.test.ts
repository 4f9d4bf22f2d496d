import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { CODES, framed, grpcClientOfEchoes, input, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const ANSWER_TIMEOUT_MS = 2000
const client = grpcClientOfEchoes({
  limits: { headersTimeoutMs: 500, requestTimeoutMs: 500, answerTimeoutMs: ANSWER_TIMEOUT_MS },
})
const REQUEST = message(
  bytes(1, 'echo-FP32'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
)

test('a client that sends half of a message, or none at all, is dropped', async () => {
  for (const sent of [framed(REQUEST).subarray(0, 20), Buffer.alloc(0)]) {
    const stream = client().open('ModelInfer')
    if (sent.byteLength > 0) stream.write(sent)
    stream.once('response', () => stream.end())
    const { code, details } = await outcome(stream)
    assert.equal(code, CODES.DEADLINE_EXCEEDED, details)
    assert.match(details, /took too long to arrive/)
  }
  assert.equal((await client().call('ModelInfer', [REQUEST])).code, CODES.OK)
})

const narrow = grpcClientOfEchoes({ limits: { bodyBytes: 2 ** 20, heldBytes: 2 ** 21 } })

test('who announces messages and sends nothing of them keeps nobody out', async () => {
  const announced = framed(new Uint8Array(2 ** 20)).subarray(0, 5)
  const streams = [1, 2, 3].map(() => narrow().open('ModelInfer'))
  for (const stream of streams) {
    void outcome(stream)
    stream.write(announced)
  }
  assert.equal((await narrow().call('ModelInfer', [REQUEST])).code, CODES.OK)
  for (const stream of streams) stream.close()
})

test('a stream may be silent for longer', async () => {
  const stream = client().open('ModelStreamInfer')
  const ended = outcome(stream)
  await new Promise((resolve) => setTimeout(resolve, 700))
  stream.end(framed(REQUEST))
  const { code, messages } = await ended
  assert.deepEqual([code, messages.length], [CODES.OK, 1])
})

const VALUES = new Uint8Array(2 ** 20)
const LARGE = message(
  bytes(1, 'echo-FP32'),
  input('IN_FP32', 'FP32', [1, VALUES.byteLength / 4]),
  bytes(7, VALUES),
)

async function heldBytes(): Promise<number> {
  const metrics = await (await fetch(`${client().server.httpUrl}/metrics`)).text()
  return Number(/^eclip_held_bytes\{kind="requests"\} (\d+)/m.exec(metrics)![1])
}

test('an answer that nobody reads is held beside its request, until its client leaves', async () => {
  const stream = client().open('ModelInfer').pause()
  stream.end(framed(LARGE))
  await once(stream, 'response')
  assert.ok((await heldBytes()) >= 2 * VALUES.byteLength)
  stream.close()
  await until(async () => (await heldBytes()) === 0)
})

for (const method of ['ModelInfer', 'ModelStreamInfer'])
  test(`a client that does not read the answers of ${method} is cut off, whatever else moves on the connection`, async (t) => {
    const stream = client().open(method).pause()
    const closed = once(stream, 'close')
    stream.write(framed(LARGE))
    if (method === 'ModelInfer') stream.end()
    await once(stream, 'response')
    const movement = setInterval(() => void client().call('ServerLive', [new Uint8Array()]), 50)
    t.after(() => clearInterval(movement))
    const startedMs = performance.now()
    await until(async () => (await heldBytes()) === 0)
    assert.ok(performance.now() - startedMs > ANSWER_TIMEOUT_MS / 2)
    stream.resume()
    await closed
  })
