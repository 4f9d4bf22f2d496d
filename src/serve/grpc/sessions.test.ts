import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { test } from 'node:test'
import { CODES, GrpcClient, grpcClientOfEchoes, outcome } from './client.test.fixture.js'

const client = grpcClientOfEchoes({ limits: { connections: 2 } })
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
