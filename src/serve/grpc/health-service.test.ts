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

/** Watches with this many calls, and counts those that are told something and those that are ended. */
function watchedBy(by: GrpcClient, calls: number) {
  const counts = { told: 0, ended: 0 }
  for (let i = 0; i < calls; i++) {
    const stream = by.open('', WATCH)
    stream.end(framed(asked('')))
    stream.once('data', () => counts.told++)
    void outcome(stream).then(({ code }) => {
      if (code === CODES.RESOURCE_EXHAUSTED) counts.ended++
    })
  }
  return counts
}

test('beyond a thousand who watch, one more takes the place of one on the connection with most', async (t) => {
  const greedy = new GrpcClient(crowded().server)
  t.after(() => greedy.close())
  const ofGreedy = watchedBy(greedy, 1024)
  await until(() => ofGreedy.told === 1024)
  const ofOther = watchedBy(crowded(), 3)
  await until(() => ofOther.told === 3 && ofGreedy.ended === 3)
  assert.equal((await crowded().call('', [asked('')], CHECK)).code, CODES.OK)
  assert.equal(ofOther.ended, 0)
})
