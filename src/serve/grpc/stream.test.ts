import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../until.test.fixture.js'
import { CODES, framed, grpcClientOfEchoes, input, outcome } from './client.test.fixture.js'
import { bytes, Decoded, message } from './wire.test.fixture.js'

const HELD_BYTES = 1_000_000
const client = grpcClientOfEchoes({ limits: { heldBytes: HELD_BYTES } })

/** A request with this many values. */
function request(model: string, values = 2): Buffer {
  const raw = bytes(7, new Uint8Array(4 * values))
  return framed(message(bytes(1, model), input('IN_FP32', 'FP32', [1, values]), raw))
}

function pending(): number {
  return client().server.service.backend.pending('slow')
}

async function heldBytes(): Promise<number> {
  const metrics = await (await fetch(`${client().server.httpUrl}/metrics`)).text()
  return Number(/^eclip_held_bytes\{kind="requests"\} (\d+)/m.exec(metrics)![1])
}

/** Waits until this many requests of the slow model are open, or the stream ends. */
async function underWay(count: number, stream: ClientHttp2Stream): Promise<void> {
  await until(() => pending() === count || stream.closed)
  assert.equal(pending(), count)
}

test('requests of one stream run together and are answered in order', async () => {
  const stream = client().open('ModelStreamInfer')
  stream.end(Buffer.concat(['slow', 'echo-FP32', 'slow'].map((name) => request(name))))
  const ended = outcome(stream)
  await underWay(2, stream)
  const { code, messages } = await ended
  assert.equal(code, CODES.OK)
  assert.deepEqual(
    messages.map((one) => new Decoded(one).messages(2)[0].text(1)),
    ['slow', 'echo-FP32', 'slow'],
  )
})

test('all requests of a stream that is broken off are given up', async () => {
  const stream = client().open('ModelStreamInfer')
  stream.on('error', () => {})
  stream.write(Buffer.concat([request('slow'), request('slow')]))
  await underWay(2, stream)
  stream.close(8)
  await until(() => pending() === 0)
  assert.equal(client().server.service.accounting.byModel.get('slow')?.total('dropped'), 2)
})

test('as many requests of a stream run at once as are documented, and the others after them', async () => {
  const stream = client().open('ModelStreamInfer')
  stream.end(Buffer.concat(Array.from({ length: 70 }, () => request('slow'))))
  const ended = outcome(stream)
  await underWay(64, stream)
  assert.equal((await ended).messages.length, 70)
})

test('an error later in a stream does not suppress the answers to earlier requests', async () => {
  const stream = client().open('ModelStreamInfer')
  stream.end(Buffer.concat([request('slow'), request('slow').subarray(0, 9)]))
  const { code, messages } = await outcome(stream)
  assert.deepEqual([code, messages.length], [CODES.INVALID_ARGUMENT, 1])
})

test('if the client asks for that, a stream ends with its first error as its status', async () => {
  const requests = Buffer.concat(['slow', 'none', 'slow'].map((name) => request(name)))
  const ended = async (headers: Record<string, string>) => {
    const stream = client().open('ModelStreamInfer', headers)
    stream.end(requests)
    const { code, details, messages } = await outcome(stream)
    return { code, messages: messages.length, isTold: /unknown model/.test(details) }
  }
  const asked = await ended({ triton_grpc_error: 'true' })
  assert.deepEqual(asked, { code: CODES.NOT_FOUND, messages: 1, isTold: true })
  const others = await ended({ triton_grpc_error: 'false' })
  assert.deepEqual(others, { code: CODES.OK, messages: 3, isTold: false })
})

test('a stream that ends early sends its status while the client goes on sending', async () => {
  const stream = client().open('ModelStreamInfer', { triton_grpc_error: 'true' })
  stream.write(Buffer.concat([request('echo-FP32'), request('none')]))
  const { code, messages } = await outcome(stream)
  assert.deepEqual([code, messages.length], [CODES.NOT_FOUND, 1])
})

test('answers that wait for earlier ones count as held memory', async () => {
  // Four requests of 130 KB fit while one more is being read, but not together with their answers.
  const large = request('echo-FP32', 32_500)
  const stream = client().open('ModelStreamInfer')
  stream.end(Buffer.concat([request('slow'), large, large, large, large]))
  const { messages } = await outcome(stream)
  const errors = messages.map((one) => new Decoded(one).text(1))
  assert.equal(errors.length, 5)
  assert.ok(errors.some((error) => /fill the memory/.test(error)))
  assert.ok(errors.some((error, i) => i > 0 && error === ''))
  assert.equal(client().server.service.accounting.byModel.get('echo-FP32')?.open, 0)
})

test('streams on which nothing is sent count as held memory until they end', async () => {
  const answered = async (stream: ClientHttp2Stream) => {
    stream.write(request('echo-FP32'))
    const [headers] = await once(stream, 'response')
    return headers['grpc-status'] === undefined
  }
  const streams = Array.from({ length: 40 }, () => client().open('ModelStreamInfer'))
  const ended = streams.map(outcome)
  assert.equal(await answered(streams[0]), true)
  assert.equal(await answered(client().open('ModelStreamInfer')), false)
  for (const stream of streams) stream.end()
  await Promise.all(ended)
  assert.equal(await answered(client().open('ModelStreamInfer')), true)
})

/**
 * A stream whose client reads none of its answers, so that nothing more of it is read either. Its requests and their
 * answers take less than 600 KB.
 */
async function unreadStream(): Promise<ClientHttp2Stream> {
  const stream = client().open('ModelStreamInfer').pause()
  stream.write(Buffer.concat(Array.from({ length: 110 }, () => request('echo-FP32', 500))))
  await until(async () => (await heldBytes()) > 400_000)
  // Five bytes of zeros are a message.
  stream.write(Buffer.alloc(250_000))
  await until(async () => (await heldBytes()) > 700_000)
  return stream
}

test('what nobody reads yet counts as held memory, and a stream that brings too much of it is ended', async () => {
  const before = await heldBytes()
  const stream = await unreadStream()
  stream.write(Buffer.alloc(400_000))
  await until(async () => (await heldBytes()) > 850_000)
  const ended = outcome(stream)
  stream.resume()
  const { code, messages } = await ended
  assert.equal(code, CODES.RESOURCE_EXHAUSTED)
  assert.ok(messages.length >= 40, `${messages.length}`)
  await until(async () => (await heldBytes()) <= before)
})

test('a client that leaves while nobody reads what it sent leaves nothing behind', async () => {
  const before = await heldBytes()
  const stream = await unreadStream()
  // A reset that is no error: after one of any other kind, Node itself forgets what has arrived.
  stream.close(0)
  await until(async () => (await heldBytes()) <= before)
})

test('what a client sent before it left is not served', async () => {
  const received = () => client().server.service.accounting.byModel.get('')?.received ?? 0
  const stream = client().open('ModelStreamInfer').pause()
  // Three thousand messages, of five zeros each. A thousand errors are more than the client takes without reading.
  stream.write(Buffer.alloc(15_000))
  let last = -1
  await until(async () => {
    const isStill = received() === last
    last = received()
    await sleep(100)
    return isStill && last > 0
  })
  stream.close(8)
  await sleep(300)
  assert.ok(received() <= last + 64, `${received() - last}`)
})

test('a stream waits for a client that reads slowly, as often as necessary', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): number => warnings.push(warning)
  process.on('warning', note)
  const stream = client().open('ModelStreamInfer')
  stream.on('data', () => {
    stream.pause()
    setTimeout(() => stream.resume(), 1)
  })
  const ended = outcome(stream)
  stream.end(Buffer.concat(Array.from({ length: 40 }, () => request('echo-FP32', 2_500))))
  const { code, messages } = await ended
  assert.deepEqual([code, messages.length], [CODES.OK, 40])
  // Node warns of more than ten listeners for one event.
  assert.deepEqual(warnings, [])
  process.off('warning', note)
})
