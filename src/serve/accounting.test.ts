import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { until } from '../until.test.fixture.js'
import { startEchoes } from './echo.test.fixture.js'
import { CODES, framed, GrpcClient, input, outcome } from './grpc/client.test.fixture.js'
import { bytes, message } from './grpc/wire.test.fixture.js'
import { fp32 } from './http/client.test.fixture.js'
import type { RunningServer } from './server.js'

let server: RunningServer
let grpc: GrpcClient
before(async () => {
  server = await startEchoes()
  grpc = new GrpcClient(server)
})
after(async () => {
  grpc.close()
  await server.stop(0)
})

const GOOD = message(
  bytes(1, 'echo-FP32'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
)
const SLOW = message(
  bytes(1, 'slow'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
)

async function http(model: string, body: string): Promise<number> {
  const init = { method: 'POST', body }
  return (await fetch(`${server.httpUrl}/v2/models/${model}/infer`, init)).status
}

async function leave(model: string, body: string): Promise<void> {
  const socket = connect(Number(new URL(server.httpUrl).port), '127.0.0.1')
  socket.on('error', () => {})
  const lines = `POST /v2/models/${model}/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length + 5}\r\n\r\n`
  socket.write(lines + body)
  await until(() => received() === due)
  socket.resetAndDestroy()
  await once(socket, 'close')
}

/** Closes its half of the connection once it has asked, and reads the answer slowly. */
async function readSlowly(model: string, body: string): Promise<void> {
  const port = Number(new URL(server.httpUrl).port)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(
    `POST /v2/models/${model}/infer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  let text = ''
  for (;;) {
    const piece: Buffer | null = socket.read(1) ?? socket.read()
    if (piece !== null) text += piece
    else if (socket.readableEnded) break
    else await new Promise((resolve) => setTimeout(resolve, 1))
  }
  assert.match(text, /HTTP\/1\.1 200 /)
}

const REQUEST = JSON.stringify({ inputs: [fp32()] })
const LATE = JSON.stringify({ inputs: [fp32()], parameters: { timeout: 1 } })

/** What a client does, and how its request must be counted. */
const CLIENTS: Readonly<Record<string, { ends: string; act(): Promise<unknown> }>> = {
  http: { ends: 'answered', act: async () => assert.equal(await http('echo-FP32', REQUEST), 200) },
  httpWrong: { ends: 'refused', act: async () => assert.equal(await http('echo-FP32', '{'), 400) },
  httpUnknown: { ends: 'refused', act: async () => assert.equal(await http('none', '{}'), 404) },
  httpLate: { ends: 'dropped', act: async () => assert.equal(await http('slow', LATE), 504) },
  httpLeaves: { ends: 'dropped', act: () => leave('slow', REQUEST) },
  httpReadsSlowly: { ends: 'answered', act: () => readSlowly('slow', REQUEST) },
  grpc: { ends: 'answered', act: async () => assert.equal((await infer(GOOD)).code, CODES.OK) },
  grpcWrong: {
    ends: 'refused',
    act: async () => assert.equal((await infer(Uint8Array.of(255))).code, CODES.INVALID_ARGUMENT),
  },
  grpcLeaves: {
    ends: 'dropped',
    act: async () => {
      const stream = grpc.open('ModelInfer')
      stream.end(framed(SLOW))
      await until(() => received() === due)
      stream.close(8)
      await outcome(stream)
    },
  },
}

function infer(content: Uint8Array) {
  return grpc.call('ModelInfer', [content])
}

function accounts() {
  return [...server.service.accounting.byModel.values()]
}

function received(): number {
  return accounts().reduce((sum, account) => sum + account.received, 0)
}

/** How many requests have been received once all clients of a run have come. Clients that leave wait for this. */
let due = 0

test('sent = answered + refused + dropped + failed, whatever clients do over both transports', async () => {
  const names = fc.array(fc.constantFrom(...Object.keys(CLIENTS)), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(names, async (chosen) => {
      const count = () => ({
        answered: accounts().reduce((sum, account) => sum + account.answered, 0),
        refused: accounts().reduce((sum, account) => sum + account.total('refused'), 0),
        dropped: accounts().reduce((sum, account) => sum + account.total('dropped'), 0),
        failed: accounts().reduce((sum, account) => sum + account.total('failed'), 0),
      })
      const before = count()
      due = received() + chosen.length
      await Promise.all(chosen.map((name) => CLIENTS[name].act()))
      await until(() => accounts().every(({ open }) => open === 0))
      assert.equal(received(), due)
      const now = count()
      for (const ending of ['answered', 'refused', 'dropped', 'failed'] as const) {
        const expected = chosen.filter((name) => CLIENTS[name].ends === ending).length
        assert.equal(now[ending] - before[ending], expected, ending)
      }
    }),
    { numRuns: 15 },
  )
})
