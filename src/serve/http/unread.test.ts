/** Clients that send without end, or never read their answers, on a server with memory for a few of them. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { until } from '../../until.test.fixture.js'
import { clientOfEchoes, errorOf, fp32, jsonOf } from './client.test.fixture.js'
import { conversation, ECHO, head, open } from './raw-client.test.fixture.js'

/** More than the system buffers for a client that does not read. */
const LARGE = 16 * 2 ** 20
const client = clientOfEchoes({ limits: { bodyBytes: LARGE + 1000, heldBytes: 5 * LARGE } })
const GOOD = JSON.stringify({ inputs: [fp32()] })

async function heldBytes(of = client, kind = 'requests'): Promise<number> {
  const metrics = await (await of.get('/metrics')).text()
  return Number(new RegExp(`^eclip_held_bytes\\{kind="${kind}"\\} (\\d+)`, 'm').exec(metrics)![1])
}

const hasty = clientOfEchoes({ limits: { bodyBytes: LARGE + 1000, answerTimeoutMs: 1000 } })

/** Has memory for one page of all its regions at a time, and for some requests that wait. */
const PAGE_BYTES = 500_000
const crowded = clientOfEchoes({ limits: { pageBytes: PAGE_BYTES } })
const PAGE = '/v2/systemsharedmemory/status'
const KEY = `eclip-unread-test-${process.pid}`
after(() => rmSync(`/dev/shm/${KEY}`, { force: true }))

/** Has none for pages. */
const full = clientOfEchoes({ limits: { pageBytes: 1 } })

/** A request whose answer is as large as itself. */
function large(): Buffer {
  const parameters = { binary_data_size: LARGE }
  const input = { name: 'IN_FP32', datatype: 'FP32', shape: [1, LARGE / 4], parameters }
  const json = JSON.stringify({ parameters: { binary_data_output: true }, inputs: [input] })
  const lengths = `Inference-Header-Content-Length: ${json.length}\r\n\r\n`
  return Buffer.concat([
    Buffer.from(`${head(json.length + LARGE)}${lengths}${json}`),
    Buffer.alloc(LARGE),
  ])
}

test('an answer that nobody reads is held like a body, until its client leaves', {
  timeout: 60_000,
}, async () => {
  const { byModel } = client.server.service.accounting
  const sockets = []
  for (const many of [1, 2, 3]) {
    const socket = open(client).pause()
    sockets.push(socket)
    socket.write(large())
    await until(() => byModel.get('echo-FP32')?.answered === many)
    const held = await heldBytes()
    assert.ok(held >= many * LARGE, `${held}`)
  }
  assert.equal((await client.post(ECHO, GOOD)).status, 200)
  for (const socket of sockets) socket.destroy()
  await until(async () => (await heldBytes()) === 0)
})

test('answers that wait behind another on a connection are let go with it', async () => {
  const { byModel } = client.server.service.accounting
  const answered = byModel.get('echo-FP32')?.answered ?? 0
  const socket = open(client)
  const slow = `${head(GOOD.length, '/v2/models/slow/infer')}\r\n${GOOD}`
  socket.write(`${slow}${head(GOOD.length)}\r\n${GOOD}`)
  await until(() => byModel.get('echo-FP32')?.answered === answered + 1)
  socket.resetAndDestroy()
  await until(() => client.server.service.backend.pending('slow') === 0)
  assert.equal(await heldBytes(), 0)
})

test('pages that nobody reads have memory of their own, and are let go with their client', async () => {
  writeFileSync(`/dev/shm/${KEY}`, 'x')
  const { memory } = crowded.server.service
  for (let i = 0; i < 1000; i++) memory.register(`${i}`.padEnd(256), KEY, 0, 1)
  const page = (await (await crowded.get(PAGE)).text()).length
  assert.ok(page < PAGE_BYTES && PAGE_BYTES < 2 * page, `${page} bytes`)
  const socket = open(crowded).pause()
  socket.write(`GET ${PAGE} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(LARGE / page))
  const isFull = async (): Promise<boolean> => (await crowded.get(PAGE)).status === 429
  // A page that is on its way fills the memory only for a moment.
  let full = 0
  await until(async () => {
    full = (await isFull()) ? full + 1 : 0
    return full === 5
  })
  assert.match(await errorOf(await crowded.get(PAGE), 429), /fill the memory/)
  for (const path of ['/v2/health/live', '/', '/dashboard.js', '/metrics'])
    assert.equal((await crowded.get(path)).status, 200)
  assert.equal((await crowded.post(ECHO, GOOD)).status, 200)
  socket.destroy()
  await until(async () => !(await isFull()))
  await until(async () => (await heldBytes(crowded, 'pages')) === 0)
})

test('requests that wait behind others have that memory, too, and the connection of one too many is ended', async () => {
  const slow = `${head(GOOD.length, '/v2/models/slow/infer')}\r\n${GOOD}`
  const page = 'GET /v2 HTTP/1.1\r\nHost: x\r\n'
  const asked = () => {
    const socket = open(crowded)
    socket.write(`${slow}${`${page}\r\n`.repeat(99)}${page}Connection: close\r\n\r\n`)
    return conversation(socket)
  }
  const answers = await Promise.all([asked(), asked()])
  const counts = answers.map((one) => one.match(/HTTP\/1\.1 \d/g)?.length ?? 0)
  assert.deepEqual(counts.sort(), [0, 101])
  await until(async () => (await heldBytes(crowded, 'pages')) === 0)
})

test('pages that fill their memory keep nobody from changing what is served, nor models from being ready', async () => {
  const { error } = await jsonOf<{ error: string }>(full.get('/v2/models/echo-FP32'))
  assert.match(error, /fill the memory/)
  assert.equal((await full.get('/v2/models/echo-FP32/ready')).status, 200)
  const paths = ['systemsharedmemory/unregister', 'repository/models/echo-FP32/unload']
  for (const path of paths) {
    const answer = await full.post(`/v2/${path}`, '{}')
    assert.deepEqual([answer.status, await answer.text()], [200, '{}'])
  }
  assert.equal((await full.get('/v2/models/echo-FP32/ready')).status, 503)
})

test('pages that fill their memory hide nothing from those who look after the server, who then share what they get', async () => {
  const answers: string[] = []
  for (let asked = 0; asked < 20; asked++) {
    const texts = ['/metrics', '/plan', '/eclip/state', '/v2/health/ready'].map(async (path) => {
      const answer = await full.get(path)
      assert.equal(answer.status, 200)
      return await answer.text()
    })
    answers.push((await Promise.all(texts))[0])
    await full.post('/v2/models/vector/infer', '{}')
  }
  assert.match(answers[0], /^eclip_held_bytes\{kind="pages"\} 0$/m)
  assert.ok(new Set(answers).size < answers.length)
})

test('a client that reads its answer byte by byte is dropped', async (t) => {
  const socket = open(hasty).pause()
  socket.write(large())
  await until(async () => (await heldBytes(hasty)) > 0)
  const trickle = setInterval(() => socket.read(1), 20)
  t.after(() => clearInterval(trickle))
  await until(async () => (await heldBytes(hasty)) === 0)
  const rest = conversation(socket)
  socket.resume()
  assert.ok((await rest).length < LARGE)
})

test('who reads pages byte by byte is let go, too', async (t) => {
  const pages = 60
  const socket = open(hasty).pause()
  const page = 'GET /dashboard.js HTTP/1.1\r\nHost: x\r\n'
  socket.write(`${`${page}\r\n`.repeat(pages - 1)}${page}Connection: close\r\n\r\n`)
  const trickle = setInterval(() => socket.read(1), 20)
  t.after(() => clearInterval(trickle))
  await sleep(2500)
  const rest = conversation(socket)
  socket.resume()
  assert.ok((await rest).split('HTTP/1.1 200').length < pages)
})

test('decompressed bytes are held as they grow', async () => {
  const sockets = [1, 2, 3, 4].map(() => open(client))
  const almost = Buffer.concat([Buffer.from(`${head(LARGE + 1000)}\r\n`), Buffer.alloc(LARGE)])
  for (const socket of sockets) socket.write(almost)
  await until(async () => (await heldBytes()) >= 4 * LARGE)
  const bomb = gzipSync(Buffer.alloc(LARGE, ' '))
  const answer = await client.post(ECHO, bomb, { 'content-encoding': 'gzip' })
  assert.match(await errorOf(answer, 429), /fill the memory/)
  for (const socket of sockets) socket.destroy()
})

test('a body of crumbs is refused, and no more of it is read', async () => {
  const socket = open(client)
  socket.write(`POST ${ECHO} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const crumbs = setInterval(() => socket.write('1\r\n \r\n'.repeat(500)), 1)
  const answer = await conversation(socket)
  clearInterval(crumbs)
  assert.match(answer, /^HTTP\/1\.1 400 .*Connection: close.*4097 bytes came in 4097 pieces/s)
})
