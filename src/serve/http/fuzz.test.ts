import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createRandom, type Random } from '../../random.js'
import { mutated, tries } from '../mutations.test.fixture.js'
import { clientOfEchoes, fp32 } from './client.test.fixture.js'

const defects: unknown[] = []
const client = clientOfEchoes({
  limits: { headersTimeoutMs: 2000, requestTimeoutMs: 2000 },
  log: (event, details) => {
    if (event === 'error') defects.push(details)
  },
})
const PATH = '/v2/models/echo-FP32/infer'
const OUTPUTS = [{ name: 'OUT_FP32', parameters: { binary_data: true } }]
const BINARY = { ...fp32(), data: undefined, parameters: { binary_data_size: 8 } }

/** A good request as it goes over the wire. */
function wireRequest(json: unknown, tail: Uint8Array): Buffer {
  const head = Buffer.from(JSON.stringify(json))
  const length = head.byteLength + tail.byteLength
  const lines = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nInference-Header-Content-Length: ${head.byteLength}\r\nContent-Length: ${length}\r\n\r\n`
  return Buffer.concat([Buffer.from(lines), head, tail])
}

/** What the server answers to bytes after which nothing more comes. */
async function answerTo(bytes: Uint8Array): Promise<string> {
  const { port } = new URL(client.server.httpUrl)
  const socket = connect(Number(port), '127.0.0.1')
  let text = ''
  socket.on('data', (piece) => {
    text += piece.toString('latin1')
  })
  socket.on('error', () => {})
  socket.end(bytes)
  await once(socket, 'close')
  return text
}

async function checkSound(): Promise<void> {
  const response = await client.inferJson('echo-FP32', { inputs: [fp32()] })
  assert.equal(response.status, 200)
  assert.deepEqual(defects, [])
}

test('damaged requests never reveal a defect', async () => {
  const random = createRandom(1)
  const requests = [
    wireRequest({ inputs: [fp32()] }, new Uint8Array()),
    wireRequest({ inputs: [BINARY], outputs: OUTPUTS }, new Uint8Array(8)),
  ]
  for (const i of tries()) {
    const bytes = mutated(requests[i % requests.length], random)
    const answer = await answerTo(bytes)
    const shown = bytes.toString('latin1')
    if (answer !== '') assert.match(answer, /^HTTP\/1\.1 ([24]\d\d|501|505) /, shown)
  }
  await checkSound()
})

test('requests whose JSON has the wrong form never reveal a defect', async () => {
  const random = createRandom(2)
  const good = { id: 'x', parameters: { priority: 1 }, inputs: [BINARY], outputs: OUTPUTS }
  for (const _ of tries()) {
    const request = misshapen(good, random)
    const response = await client.inferBinary('echo-FP32', request, Array(8).fill(0))
    const text = await response.text()
    assert.match(`${response.status}`, /^(200|400|404)$/, `${JSON.stringify(request)}: ${text}`)
  }
  await checkSound()
})

const STRANGE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  0.5,
  '',
  'IN_FP32',
  '__proto__',
  [],
  [[]],
  {},
  { name: 'OUT_FP32' },
  { constructor: 1 },
]

/** The value with one part of it replaced, doubled or left out. */
function misshapen(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.integer(4) === 0)
    return STRANGE[random.integer(STRANGE.length)]
  const entries = Object.entries(value)
  const at = random.integer(entries.length)
  if (Array.isArray(value) && random.integer(3) === 0) return [...value, value[at]]
  const changed = entries.flatMap(([key, part], i) => {
    if (i !== at) return [[key, part]]
    return random.integer(6) === 0 ? [] : [[key, misshapen(part, random)]]
  })
  return Array.isArray(value) ? changed.map(([, part]) => part) : Object.fromEntries(changed)
}
