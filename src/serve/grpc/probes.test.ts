import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { CODES, framed, GrpcClient, grpcClientOfEchoes, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

/** The memory of one call. */
const client = grpcClientOfEchoes({ limits: { heldBytes: 2 ** 15 } })
const CHECK = { ':path': '/grpc.health.v1.Health/Check' }
const NOTHING = [new Uint8Array()]

async function probes(): Promise<number[]> {
  const outcomes = [
    await client().call('ServerLive', NOTHING),
    await client().call('ServerReady', NOTHING),
    await client().call('', NOTHING, CHECK),
  ]
  return outcomes.map(({ code }) => code)
}

test('calls that ask whether the server lives are answered even if requests fill their memory', async () => {
  const stream = client().open('ModelStreamInfer')
  const isFull = async () =>
    (await client().call('ServerMetadata', NOTHING)).code === CODES.RESOURCE_EXHAUSTED
  await until(isFull)
  assert.deepEqual(await probes(), [CODES.OK, CODES.OK, CODES.OK])
  stream.end()
  assert.equal((await outcome(stream)).code, CODES.OK)
})

test('thousands of such calls that never finish keep nobody from the answer', async (t) => {
  const { server } = client()
  const clients = Array.from({ length: 3 }, () => new GrpcClient(server))
  const metrics = async () => (await fetch(`${server.httpUrl}/metrics`)).text()
  t.after(async () => {
    for (const one of clients) one.close()
    // As long as the server has not read that they have left, their calls count.
    await until(async () => /^eclip_held_bytes\{kind="probes"\} 0$/m.test(await metrics()))
  })
  const endings = clients.flatMap((one) =>
    Array.from({ length: 1000 }, () => {
      const stream = one.open('ServerLive')
      stream.on('error', () => {})
      return outcome(stream)
    }),
  )
  // The first ones have to make room.
  await Promise.race(endings)
  assert.deepEqual(await probes(), [CODES.OK, CODES.OK, CODES.OK])
})

test('hundreds of such calls that never finish take no memory of requests, and neither does a long one', async () => {
  const streams = Array.from({ length: 900 }, () => client().open('ServerLive'))
  const endings = streams.map(outcome)
  assert.equal((await client().call('ServerMetadata', NOTHING)).code, CODES.OK)
  for (const stream of streams) stream.end(framed(new Uint8Array()))
  const codes = (await Promise.all(endings)).map(({ code }) => code)
  assert.ok(codes.every((code) => code === CODES.OK))
  const long = message(bytes(1, 'x'.repeat(2 ** 13)))
  assert.equal((await client().call('', [long], CHECK)).code, CODES.RESOURCE_EXHAUSTED)
})
