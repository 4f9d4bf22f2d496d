import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { until } from '../../until.test.fixture.js'
import { usedBytes } from '../memory.test.fixture.js'
import { clientOfEchoes, errorOf, fp32 } from './client.test.fixture.js'
import { conversation, ECHO, head, open } from './raw-client.test.fixture.js'

const BODY_BYTES = 100_000
const client = clientOfEchoes({
  limits: {
    bodyBytes: BODY_BYTES,
    heldBytes: 3 * BODY_BYTES,
    parsedBytes: BODY_BYTES / 2,
    headerBytes: 8192,
    pipelined: 25,
  },
})
const SLOW = '/v2/models/slow/infer'
const GOOD = JSON.stringify({ inputs: [fp32()] })

function account() {
  return client.server.service.accounting.byModel.get('echo-FP32')!
}

test('a body beyond the limit is refused, whether announced, chunked or compressed', async () => {
  const long = 'x'.repeat(BODY_BYTES + 1)
  await errorOf(await client.post(ECHO, long), 413)
  const chunked = await fetch(`${client.server.httpUrl}${ECHO}`, {
    method: 'POST',
    body: new Blob([long]).stream(),
    duplex: 'half',
  } as RequestInit)
  await errorOf(chunked, 413)
  const bomb = gzipSync(Buffer.alloc(100 * BODY_BYTES))
  assert.ok(bomb.byteLength < BODY_BYTES)
  await errorOf(await client.post(ECHO, bomb, { 'content-encoding': 'gzip' }), 413)
  assert.equal((await client.post(ECHO, GOOD)).status, 200)
})

test('more JSON than is parsed is refused, but as many bytes of tensors are not', async () => {
  const values = new Float32Array(15_000)
  const data = [...values.map((_, i) => i)]
  const shape = [1, values.length]
  const refused = await client.inferJson('echo-FP32', { inputs: [fp32('IN_FP32', shape, data)] })
  assert.match(await errorOf(refused, 413), /the JSON is longer than 50000 bytes/)
  const parameters = { binary_data_size: values.byteLength }
  const input = { name: 'IN_FP32', datatype: 'FP32', shape, parameters }
  const json = Buffer.from(JSON.stringify({ inputs: [input] }))
  const body = Buffer.concat([json, Buffer.from(values.buffer)])
  const answer = await client.post(ECHO, body, {
    'inference-header-content-length': `${json.byteLength}`,
  })
  assert.equal(answer.status, 200)
})

test('a body in tiny pieces counts for the memory that they take', async () => {
  const socket = open(client)
  socket.write(`POST ${ECHO} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
  socket.end('1\r\n{\r\n'.repeat(2000))
  assert.match(await conversation(socket), /^HTTP\/1\.1 429 .*fill the memory/s)
})

test('if one connection sends many requests at once, only a few are served', async () => {
  for (const one of ['GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n', `${head(GOOD.length)}\r\n${GOOD}`]) {
    const before = account().received
    const socket = open(client)
    socket.end(one.repeat(100))
    const answers = (await conversation(socket)).match(/HTTP\/1\.1 \d+/g)!
    const counted = (status: string) => answers.filter((one) => one.endsWith(status)).length
    assert.equal(counted(' 200') + counted(' 429'), 100)
    assert.ok(counted(' 200') >= 25 && counted(' 429') > 0)
    if (one.startsWith('POST')) assert.equal(account().received, before + 100)
  }
  assert.equal((await client.get('/v2')).status, 200)
})

test('what many connections send at once is not all read in one turn', async () => {
  const { service } = client.server
  const sockets = Array.from({ length: 20 }, () => open(client))
  const first = 'GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n'
  for (const socket of sockets) socket.write(first)
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  const inTurn = [0]
  const explained = service.explained.bind(service)
  service.explained = (error) => {
    if (inTurn[0]++ === 0) setImmediate(() => inTurn.unshift(0))
    return explained(error)
  }
  for (const socket of sockets) socket.end('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20))
  await Promise.all(sockets.map(conversation))
  service.explained = explained
  assert.ok(Math.max(...inTurn) <= 128 + 20, `${Math.max(...inTurn)} in one turn`)
})

test('a connection that sends far more at once is ended', async () => {
  const socket = open(client)
  socket.write('GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000))
  const answers = (await conversation(socket)).match(/HTTP\/1\.1 \d+/g) ?? []
  assert.ok(answers.length < 500, `${answers.length}`)
  assert.equal((await client.get('/v2')).status, 200)
})

test('requests that wait count for the memory that their heads take, whether a header is long or there are many', async () => {
  const asked = (header: string, many: number): Promise<string> => {
    const socket = open(client)
    const first = `${head(GOOD.length, SLOW)}\r\n${GOOD}`
    const page = `GET /v2 HTTP/1.1\r\nHost: x\r\n${header}`
    socket.write(`${first}${`${page}\r\n`.repeat(many)}${page}Connection: close\r\n\r\n`)
    return conversation(socket)
  }
  const statuses = (answers: string) => (answers.match(/HTTP\/1\.1 \d+/g) ?? []).join()
  for (const [header, served, refused] of [
    [`A: ${'a'.repeat(8000)}\r\n`, '15,17', '4,6'],
    ['A:\r\n'.repeat(98), '10,12', '9,11'],
  ] as const) {
    const expected = new RegExp(`^(HTTP/1.1 200,){${served}}(HTTP/1.1 429,?){${refused}}$`)
    assert.match(statuses(await asked(header, 20)), expected)
    assert.equal(statuses(await asked(header, 100)), '')
  }
})

test('a head of a hundred headers is read, and one of more is refused', async () => {
  const asked = (many: number): Promise<string> => {
    const socket = open(client)
    socket.end(`GET /v2 HTTP/1.1\r\nHost: x\r\n${'A:\r\n'.repeat(many - 1)}\r\n`)
    return conversation(socket)
  }
  assert.match(await asked(100), /^HTTP\/1\.1 200 /)
  assert.match(await asked(101), /^HTTP\/1\.1 413 .*the head has more than 100 headers/s)
  // Newer versions of Node count them, too.
  assert.match(await asked(2000), /^HTTP\/1\.1 413 .*has (more than 100|too many) headers/s)
})

test('a page is made once the answers before it on its connection have been sent', async () => {
  const answeredBefore = client.server.service.statisticsOf('slow').success.count
  const socket = open(client)
  const page = 'GET /v2/models/slow/stats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
  socket.write(`${head(GOOD.length, SLOW)}\r\n${GOOD}${page}`)
  const success = /"success":\{"count":(\d+)/.exec(await conversation(socket))
  assert.equal(Number(success?.[1]), answeredBefore + 1)
})

test('bytes that are not HTTP get an answer and nothing else', async () => {
  const heads = [
    'hello\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `${head('seven')}\r\n`,
    `${head(-1)}\r\n`,
    `${head(5)}Transfer-Encoding: chunked\r\n\r\n`,
    `GET /v2 HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(9000)}\r\n\r\n`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]
  for (const text of heads) {
    const socket = open(client)
    socket.end(text)
    assert.match(await conversation(socket), /^HTTP\/1\.1 4\d\d .*"error"/s, text.slice(0, 40))
  }
  assert.equal((await client.get('/v2')).status, 200)
})

test('the answer to bytes that are not HTTP says what is wrong with them', async () => {
  const wrong: [string, RegExp][] = [
    [`${head(5)}Transfer-Encoding: chunked\r\n\r\n`, /Content-Length/],
    [`${head(2)}Content-Length: 3\r\n\r\n`, /Content-Length/],
    [`${head(9)}\r\n{}`, /EOF/],
    ['get /v2 HTTP/1.1\r\n\r\n', /method/],
  ]
  for (const [text, what] of wrong) {
    const socket = open(client)
    socket.end(text)
    const answer = await conversation(socket)
    assert.match(answer, /"this is not HTTP\/1\.1: .+"/)
    assert.match(answer.split('\r\n\r\n')[1], what)
  }
})

test('a client that takes the server for a proxy is told so, and nothing it has sent can end the server', async () => {
  const tunnel = 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'
  const socket = open(client)
  socket.write(`${tunnel}\x16\x03\x01`)
  assert.match(await conversation(socket), /^HTTP\/1\.1 501 .*"there is no CONNECT/s)
  const impatient = open(client)
  await once(impatient, 'connect')
  const { service } = client.server
  impatient.write(`${head(GOOD.length, SLOW)}\r\n${GOOD}${tunnel}`)
  await until(() => service.backend.pending('slow') === 1)
  impatient.resetAndDestroy()
  await until(() => service.backend.pending('slow') === 0)
  assert.equal((await client.get('/v2')).status, 200)
})

test('whatever ends a connection is answered after the requests that came before it', async () => {
  for (const [end, status] of [
    ['CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', 501],
    ['hello\r\n\r\n', 400],
  ]) {
    const socket = open(client)
    socket.write(`${head(GOOD.length, SLOW)}\r\n${GOOD}${end}`)
    const answers = (await conversation(socket)).match(/HTTP\/1\.1 \d+/g)
    assert.deepEqual(answers, ['HTTP/1.1 200', `HTTP/1.1 ${status}`])
  }
})

test('an HTTP/1.1 request without Host, or with two, is refused in JSON, and an HTTP/1.0 request is served', async () => {
  const asked = (version: string, host = '') => {
    const socket = open(client)
    const headers = `Connection: close\r\nContent-Length: ${GOOD.length}\r\n${host}`
    socket.end(`POST ${ECHO} HTTP/${version}\r\n${headers}\r\n${GOOD}`)
    return conversation(socket)
  }
  for (const [hosts, count] of [
    ['', 0],
    ['Host: x\r\nhost: y\r\n', 2],
  ] as const) {
    const refused = await asked('1.1', hosts)
    const error = `expected the header Host once, found it ${count} times`
    assert.match(refused, /^HTTP\/1\.1 400 .*application\/json/s)
    assert.ok(refused.endsWith(JSON.stringify({ error })), refused)
  }
  for (const served of [await asked('1.0'), await asked('1.1', 'Host:\r\n')])
    assert.match(served, /^HTTP\/1\.1 200 .*"data":\[1,2\]/s)
})

test('a client that closes its half of the connection after asking is still answered', async () => {
  const socket = open(client)
  socket.end(`${head(GOOD.length)}Connection: close\r\n\r\n${GOOD}`)
  assert.match(await conversation(socket), /^HTTP\/1\.1 200 .*"data":\[1,2\]/s)
  const slow = open(client)
  slow.end(`${head(GOOD.length, SLOW)}Connection: close\r\n\r\n${GOOD}`)
  assert.match(
    await conversation(slow),
    /^(HTTP\/1\.1 102 Processing\r\n\r\n)+HTTP\/1\.1 200 .*"data":\[1,2\]/s,
  )
})

test('a client that leaves is counted, and its request is given up', async () => {
  const socket = open(client)
  await once(socket, 'connect')
  socket.write(`${head(GOOD.length, SLOW)}\r\n${GOOD}`)
  const { service } = client.server
  const cancelled = () => service.accounting.byModel.get('slow')!.notAnswered.get('cancelled') ?? 0
  const before = cancelled()
  await until(() => service.backend.pending('slow') === 1)
  socket.destroy()
  await until(() => cancelled() === before + 1)
  await until(() => service.backend.pending('slow') === 0)
})

test('the bodies of open requests are bounded, and clients beyond that are told when to try again', async () => {
  const { service } = client.server
  const most = 0.9 * BODY_BYTES
  const sockets = [1, 2, 3].map(() => open(client))
  for (const socket of sockets) socket.write(`${head(BODY_BYTES)}\r\n${'x'.repeat(most)}`)
  await until(async () => {
    const metrics = await (await client.get('/metrics')).text()
    return Number(/^eclip_held_bytes\{kind="requests"\} (\d+)/m.exec(metrics)![1]) >= 3 * most
  })
  const response = await client.post(ECHO, 'x'.repeat(BODY_BYTES / 2))
  assert.equal(response.headers.get('retry-after'), '1')
  await errorOf(response, 429)
  for (const socket of sockets) socket.destroy()
  await until(() => account().open === 0)
  assert.equal((await client.post(ECHO, GOOD)).status, 200)
  assert.ok(service.isReady)
})

test('who announces bodies and sends next to nothing of them keeps nobody out', async () => {
  const sockets = [1, 2, 3, 4].map(() => open(client))
  for (const socket of sockets) socket.write(`${head(BODY_BYTES)}\r\n{`)
  await until(() => account().open === 4)
  assert.equal((await client.post(ECHO, GOOD)).status, 200)
  for (const socket of sockets) socket.destroy()
  await until(() => account().open === 0)
})

test('a connection that stays open does not keep the bodies that it brought', {
  timeout: 60_000,
}, async () => {
  const body = 'x'.repeat(BODY_BYTES / 3)
  const ask = async (): Promise<Socket> => {
    const socket = open(client)
    socket.write(`${head(body.length)}\r\n${body}`)
    await once(socket, 'data')
    return socket
  }
  const first = await ask()
  const before = usedBytes()
  const many = 200
  const sockets = [first]
  for (let i = 0; i < many; i++) sockets.push(await ask())
  // The connection itself takes a fraction of that.
  await until(() => usedBytes() < before + (many * body.length) / 2)
  for (const socket of sockets) socket.destroy()
})

test('a client that does not read its answers does not keep others from theirs', async () => {
  const socket = open(client)
  const many = `${head(GOOD.length)}\r\n${GOOD}`.repeat(200)
  socket.pause()
  socket.write(many)
  for (let i = 0; i < 20; i++) assert.equal((await client.post(ECHO, GOOD)).status, 200)
  socket.destroy()
})
