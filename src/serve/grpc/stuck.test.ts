import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import { connect as connectSocket, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { startEchoes } from '../echo.test.fixture.js'
import type { RunningServer } from '../server.js'
import { framed, input } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const WINDOW_BYTES = 2 ** 31 - 1
const VALUES = new Uint8Array(2 ** 22)
const LARGE = message(
  bytes(1, 'echo-FP32'),
  input('IN_FP32', 'FP32', [1, VALUES.byteLength / 4]),
  bytes(7, VALUES),
)

/** A connection on which the client lets the server send whatever it likes, and stops to read. */
async function stuckOn(address: string): Promise<Socket> {
  const [host, port] = address.split(':')
  const socket = connectSocket(Number(port), host)
  const passing = new Duplex({
    read() {},
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
  })
  socket.on('data', (data) => passing.push(data))
  socket.on('error', () => {})
  const session = connect(`http://${address}`, {
    createConnection: () => passing,
    settings: { initialWindowSize: WINDOW_BYTES },
  })
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  session.setLocalWindowSize(WINDOW_BYTES)
  for (let call = 0; call < 4; call++) {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    stream.on('error', () => {})
    stream.once('response', () => socket.pause())
    stream.end(framed(LARGE))
  }
  await until(() => socket.isPaused())
  return socket
}

async function heldBytes({ httpUrl }: RunningServer): Promise<number> {
  const asked = get(`${httpUrl}/metrics`, { agent: false })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const metrics = await text(answer)
  return Number(/^eclip_held_bytes\{kind="requests"\} (\d+)/m.exec(metrics)![1])
}

/** Connections of this process, to which the two ends of a connection to itself count as two. */
function connections(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
}

test('a server that ends leaves no connection behind, though its client does not read', async () => {
  const server = await startEchoes({})
  const socket = await stuckOn(server.grpcAddress)
  assert.equal(connections(), 2)
  await server.stop(100)
  await until(() => connections() === 1)
  socket.destroy()
})

test('a connection that its client does not read is ended for being idle', async (t) => {
  const server = await startEchoes({ limits: { idleTimeoutMs: 500, answerTimeoutMs: 500 } })
  t.after(() => server.stop(0))
  const socket = await stuckOn(server.grpcAddress)
  assert.ok((await heldBytes(server)) > 0)
  await until(() => connections() === 1)
  socket.destroy()
  assert.equal(await heldBytes(server), 0)
})
