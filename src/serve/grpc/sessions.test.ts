import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { test } from 'node:test'
import { settledBytes } from '../memory.test.fixture.js'
import { CODES, GrpcClient, grpcClientOfEchoes, outcome } from './client.test.fixture.js'

const client = grpcClientOfEchoes({ limits: { connections: 2 } })
const impatient = grpcClientOfEchoes({ limits: { idleTimeoutMs: 1500 } })
const NOTHING = [new Uint8Array()]

test('if all connections are taken, a new one replaces an idle one, not one with a call', async () => {
  const { server } = client()
  const calls = client().open('ModelStreamInfer')
  assert.equal((await client().call('ServerLive', NOTHING)).code, CODES.OK)
  const idle = connect(`http://${server.grpcAddress}`)
  await once(idle, 'remoteSettings')
  const newcomer = new GrpcClient(server)
  assert.equal((await newcomer.call('ServerLive', NOTHING)).code, CODES.OK)
  if (!idle.closed) await once(idle, 'close')
  calls.end()
  assert.equal((await outcome(calls)).code, CODES.OK)
  newcomer.close()
})

test('an idle connection is ended, and none on which there is a call or something comes', async (t) => {
  const { server } = impatient()
  const calls = impatient().open('ModelStreamInfer')
  const pinging = connect(`http://${server.grpcAddress}`)
  const pings = setInterval(() => pinging.ping(() => {}), 200)
  t.after(() => {
    clearInterval(pings)
    pinging.destroy()
  })
  const idle = connect(`http://${server.grpcAddress}`)
  await once(idle, 'close')
  assert.ok(!pinging.closed)
  // A connection with a call on it takes others, too.
  assert.equal((await impatient().call('ServerLive', NOTHING)).code, CODES.OK)
  calls.end()
  assert.equal((await outcome(calls)).code, CODES.OK)
})

test('nothing is kept of connections that have ended', async () => {
  const { server } = client()
  const openAndClose = async (): Promise<void> => {
    const session = connect(`http://${server.grpcAddress}`)
    await once(session, 'remoteSettings')
    session.destroy()
    await once(session, 'close')
  }
  for (let i = 0; i < 50; i++) await openAndClose()
  const before = await settledBytes()
  for (let i = 0; i < 500; i++) await openAndClose()
  const kept = (await settledBytes()) - before
  assert.ok(kept < 500_000, `${kept} bytes`)
})
