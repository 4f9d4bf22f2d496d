import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { until } from '../until.test.fixture.js'
import { HeldDevice } from './backend/held-device.test.fixture.js'
import { echoBackend, echoModel, planOf, startEchoes } from './echo.test.fixture.js'
import { CODES, GrpcClient, input } from './grpc/client.test.fixture.js'
import { bytes, message } from './grpc/wire.test.fixture.js'
import { fp32 } from './http/client.test.fixture.js'
import { conversation, head, open } from './http/raw-client.test.fixture.js'
import type { RunningServer } from './server.js'

const PATH = '/v2/models/m/infer'
const REQUEST = JSON.stringify({ inputs: [fp32()] })
const MESSAGE = message(
  bytes(1, 'm'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
)
const LONG_MS = 60_000

async function start(device: HeldDevice): Promise<RunningServer> {
  const models = [echoModel('m', ['FP32'])]
  return startEchoes({
    backend: echoBackend(models, { plan: planOf(['m']), device }),
  })
}

test('requests that run when the server is told to end are answered over both transports, later ones are refused', async (t) => {
  const device = new HeldDevice()
  const server = await start(device)
  t.after(() => server.stop(0))
  const grpc = new GrpcClient(server)
  const overHttp = fetch(`${server.httpUrl}${PATH}`, { method: 'POST', body: REQUEST })
  await until(() => device.launches.length === 1)
  const overGrpc = grpc.call('ModelInfer', [MESSAGE])
  await until(() => server.service.backend.pending('m') === 2)
  const stopped = server.stop(LONG_MS)
  const late = await fetch(`${server.httpUrl}${PATH}`, { method: 'POST', body: REQUEST })
  assert.deepEqual([late.status, late.headers.get('connection')], [503, 'close'])
  assert.equal((await grpc.call('ModelInfer', [MESSAGE])).code, CODES.UNAVAILABLE)
  device.launches[0].end()
  await until(() => device.launches.length === 1)
  device.launches[0].end()
  assert.equal((await overHttp).status, 200)
  assert.equal((await overGrpc).code, CODES.OK)
  grpc.close()
  await stopped
  const { received, answered, open } = server.service.accounting.byModel.get('m')!
  assert.deepEqual([received, answered, open], [4, 2, 0])
})

test('a client that reads slowly gets its whole answer before the server ends', async (t) => {
  const device = new HeldDevice()
  const server = await start(device)
  t.after(() => server.stop(0))
  const width = 2 ** 20
  const large = { ...fp32('IN_FP32', [8, width / 8]), data: undefined }
  const json = Buffer.from(
    JSON.stringify({
      inputs: [{ ...large, parameters: { binary_data_size: 4 * width } }],
      parameters: { binary_data_output: true },
    }),
  )
  const socket = connect(Number(new URL(server.httpUrl).port), '127.0.0.1').pause()
  const length = json.byteLength + 4 * width
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\nInference-Header-Content-Length: ${json.byteLength}\r\nContent-Length: ${length}\r\n\r\n`,
  )
  socket.write(json)
  socket.write(Buffer.alloc(4 * width))
  await until(() => device.launches.length === 1)
  const stopped = server.stop(LONG_MS)
  device.launches[0].end()
  const account = server.service.accounting.byModel.get('m')!
  await until(() => account.open === 0)
  let read = 0
  for await (const piece of socket) read += piece.byteLength
  assert.ok(read > 4 * width, `${read} bytes of ${4 * width}`)
  await stopped
  assert.equal(account.answered, 1)
})

test('a client that never sends the rest of its request cannot keep the server from ending', async (t) => {
  const server = await start(new HeldDevice())
  t.after(() => server.stop(0))
  const socket = connect(Number(new URL(server.httpUrl).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`)
  await until(() => server.service.accounting.byModel.get('m')?.open === 1)
  await server.stop(50)
  await until(() => socket.destroyed)
})

test('requests that have arrived when the server is told to end, but were not read, are told so', async (t) => {
  const server = await startEchoes()
  t.after(() => server.stop(0))
  const request = `${head(REQUEST.length)}\r\n${REQUEST}`
  const sockets = Array.from({ length: 20 }, () => open({ server }))
  for (const socket of sockets) socket.write(request)
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  const rest = sockets.map(conversation)
  for (const socket of sockets) socket.write(request)
  await server.stop(LONG_MS)
  for (const answer of await Promise.all(rest)) assert.match(answer, /^HTTP\/1\.1 503 /)
})
