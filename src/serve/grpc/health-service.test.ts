import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { CODES, framed, GrpcClient, grpcClientOfEchoes, outcome } from './client.test.fixture.js'
import { bytes, Decoded, message } from './wire.test.fixture.js'

const client = grpcClientOfEchoes({
  keys: { format: 'eclip.api-keys/1', tenants: { a: 'a-secret-of-tenant-a' } },
})

const crowded = grpcClientOfEchoes()
const calm = grpcClientOfEchoes()

const CHECK = { ':path': '/grpc.health.v1.Health/Check' }
const WATCH = { ':path': '/grpc.health.v1.Health/Watch' }
const SERVING = 1
const NOT_SERVING = 2
const SERVICE_UNKNOWN = 3

function asked(service: string): Uint8Array {
  return message(bytes(1, service))
}

function statuses(messages: readonly Uint8Array[]): number[] {
  return messages.map((one) => new Decoded(one).integer(1))
}

test('everybody is told the health of the server and of its service, and of no other service', async () => {
  for (const service of ['', 'inference.GRPCInferenceService']) {
    const { code, messages } = await client().call('', [asked(service)], CHECK)
    assert.deepEqual([code, statuses(messages)], [CODES.OK, [SERVING]])
  }
  const { code, details } = await client().call('', [asked('none')], CHECK)
  assert.deepEqual([code, details], [CODES.NOT_FOUND, "there is no service 'none'"])
})

test('a watcher is told at once, and again after a change', async () => {
  const watches = ['', 'none'].map((service) => {
    const stream = client().open('', WATCH)
    stream.end(framed(asked(service)))
    return stream
  })
  const ended = Promise.all(watches.map(outcome))
  await Promise.all(watches.map((stream) => once(stream, 'data')))
  client().server.service.drain()
  const [server, none] = await ended
  assert.deepEqual(statuses(server.messages), [SERVING, NOT_SERVING])
  assert.deepEqual(statuses(none.messages), [SERVICE_UNKNOWN])
  assert.deepEqual([server.code, none.code], [CODES.UNAVAILABLE, CODES.UNAVAILABLE])
})

/** Watches with this many calls, and counts those that are told something and those that are refused. */
function watchedBy(by: GrpcClient, calls: number, counts: { told: number; refused: number }): void {
  for (let i = 0; i < calls; i++) {
    const stream = by.open('', WATCH)
    stream.end(framed(asked('')))
    stream.once('data', () => counts.told++)
    void outcome(stream).then(({ code }) => {
      if (code === CODES.RESOURCE_EXHAUSTED) counts.refused++
    })
  }
}

test('so many watch at once, and more are refused and keep nobody else from an answer', async (t) => {
  const clients = Array.from({ length: 33 }, () => new GrpcClient(crowded().server))
  t.after(() => {
    for (const one of clients) one.close()
  })
  const counts = { told: 0, refused: 0 }
  for (const one of clients) watchedBy(one, 32, counts)
  await until(() => counts.told === 1024 && counts.refused === 32)
  assert.equal((await crowded().call('', [asked('')], CHECK)).code, CODES.OK)
})

test('one connection that watches with a thousand calls leaves room for others that watch', async (t) => {
  const greedy = new GrpcClient(calm().server)
  t.after(() => greedy.close())
  const counts = { told: 0, refused: 0 }
  watchedBy(greedy, 1000, counts)
  await until(() => counts.told === 32 && counts.refused === 968)
  watchedBy(calm(), 1, counts)
  await until(() => counts.told === 33)
})
