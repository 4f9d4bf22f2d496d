import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { CODES, framed, grpcClientOfEchoes, input, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const client = grpcClientOfEchoes({ limits: { headersTimeoutMs: 500, requestTimeoutMs: 500 } })
const REQUEST = message(
  bytes(1, 'echo-FP32'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
)

test('who sends half of a message, or none at all, is let go', async () => {
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

test('a stream may be silent for longer', async () => {
  const stream = client().open('ModelStreamInfer')
  const ended = outcome(stream)
  await new Promise((resolve) => setTimeout(resolve, 700))
  stream.end(framed(REQUEST))
  const { code, messages } = await ended
  assert.deepEqual([code, messages.length], [CODES.OK, 1])
})

test('an answer that nobody reads is held beside its request, until its client leaves', async () => {
  const held = async (): Promise<number> => {
    const metrics = await (await fetch(`${client().server.httpUrl}/metrics`)).text()
    return Number(/^eclip_held_bytes (\d+)/m.exec(metrics)![1])
  }
  const values = new Uint8Array(2 ** 20)
  const shape = [1, values.byteLength / 4]
  const request = [bytes(1, 'echo-FP32'), input('IN_FP32', 'FP32', shape), bytes(7, values)]
  const stream = client().open('ModelInfer').pause()
  stream.end(framed(message(...request)))
  await once(stream, 'response')
  assert.ok((await held()) >= 2 * values.byteLength)
  stream.close()
  await until(async () => (await held()) === 0)
})
