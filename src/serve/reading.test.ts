import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createServer as createHttp2Server,
} from 'node:http2'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '../until.test.fixture.js'
import { readInTurns } from './reading.js'
import { nextTurn, waitingForTurns } from './turns.js'

const CONNECTIONS = 16
const REQUESTS = 100
/** So many are read before connections rest, and what else came in the same piece. */
const MOST_READ = 128 + REQUESTS

const PIPELINED = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(REQUESTS)

async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Connections that the server has accepted: it reads a new one in a turn of its own. */
async function connections(t: TestContext, server: Server): Promise<Socket[]> {
  let accepted = 0
  server.on('connection', () => accepted++)
  const { port } = server.address() as AddressInfo
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await until(() => accepted === CONNECTIONS)
  return sockets
}

/** Counts how often something happens in each turn of the event loop. */
function countTurns() {
  const inTurn: number[] = []
  let isCounted = false
  const count = (): void => {
    if (!isCounted) {
      inTurn.push(0)
      setImmediate(() => {
        isCounted = false
      })
    }
    isCounted = true
    inTurn[inTurn.length - 1]++
  }
  return { inTurn, count }
}

/** Counts how many requests a server reads in each turn. */
function countRead(server: Server, request: 'request' | 'stream'): number[] {
  const { inTurn, count } = countTurns()
  server.on(request, count)
  return inTurn
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

test('many requests that came at once over HTTP are read in several turns', async (t) => {
  const server = createHttpServer((_request, response) => response.end())
  readInTurns(server, 'request')
  const inTurn = countRead(server, 'request')
  await listening(t, server)
  const sockets = await connections(t, server)
  for (const socket of sockets) socket.write(PIPELINED)
  await until(() => sum(inTurn) === CONNECTIONS * REQUESTS)
  assert.ok(Math.max(...inTurn) <= MOST_READ, `${inTurn}`)
})

/** Connections on each of which the server has read many calls. */
async function sessionsWithCalls(t: TestContext, server: Server): Promise<ClientHttp2Session[]> {
  let read = 0
  server.on('stream', () => read++)
  const address = `http://127.0.0.1:${await listening(t, server)}`
  const sessions = Array.from({ length: CONNECTIONS }, () => connectHttp2(address))
  t.after(() => {
    for (const session of sessions) session.destroy()
  })
  await Promise.all(sessions.map((session) => once(session, 'remoteSettings')))
  for (const session of sessions)
    for (let call = 0; call < REQUESTS; call++) session.request().on('error', () => {})
  await until(() => read === CONNECTIONS * REQUESTS)
  return sessions
}

test('so are many calls over HTTP/2', async (t) => {
  const server = createHttp2Server()
  readInTurns(server, 'stream')
  const inTurn = countRead(server, 'stream')
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.respond({}, { endStream: true })
  })
  await sessionsWithCalls(t, server)
  assert.ok(Math.max(...inTurn) <= MOST_READ, `${inTurn}`)
})

test('so are the ends of connections with many calls', async (t) => {
  const { inTurn, count } = countTurns()
  const server = createHttp2Server()
  readInTurns(server, 'stream')
  server.on('stream', (stream) => stream.on('error', () => {}).once('aborted', count))
  for (const session of await sessionsWithCalls(t, server)) session.destroy()
  await until(() => sum(inTurn) === CONNECTIONS * REQUESTS)
  assert.ok(Math.max(...inTurn) <= MOST_READ, `${inTurn}`)
})

test('so are bodies in crumbs', async (t) => {
  const { inTurn, count } = countTurns()
  const server = createHttpServer((request) => request.on('data', count))
  readInTurns(server, 'request')
  await listening(t, server)
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
  for (const socket of await connections(t, server))
    socket.write(head + '1\r\nx\r\n'.repeat(REQUESTS))
  await until(() => sum(inTurn) === CONNECTIONS * REQUESTS)
  assert.ok(Math.max(...inTurn) <= MOST_READ, `${inTurn}`)
})

test('nothing more is read while thousands of requests wait for their turn', async (t) => {
  const server = createHttpServer((_request, response) => response.end())
  readInTurns(server, 'request')
  const inTurn = countRead(server, 'request')
  const waiting: number[] = []
  server.on('request', () => waiting.push(waitingForTurns()))
  await listening(t, server)
  const sockets = await connections(t, server)
  for (let i = 0; i < 6000; i++) void nextTurn(server)
  for (const socket of sockets) socket.write(PIPELINED)
  await until(() => waiting.length === CONNECTIONS * REQUESTS)
  const resting = inTurn.findIndex((read) => read >= 128)
  const late = waiting.slice(sum(inTurn.slice(0, resting + 1)))
  assert.ok(waiting[0] > 4096, `${waiting[0]}`)
  assert.ok(Math.max(...late) <= 4096, `${Math.max(...late)}`)
  // They would not have to wait until none is left.
  assert.ok(late[0] > 3000, `${late[0]}`)
})

test('a connection that is paused because nobody takes its body stays so', async (t) => {
  let asked = 0
  const server = createHttpServer((request, response) => {
    asked++
    if (request.method === 'GET') response.end()
  })
  readInTurns(server, 'request')
  const port = await listening(t, server)
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const post = httpRequest({ port, method: 'POST' }).on('error', () => {})
  t.after(() => post.destroy())
  post.end(Buffer.alloc(2 ** 24))
  const [unread] = await accepted
  let before = -1
  await until(() => {
    const isStill = unread.bytesRead === before && asked > 0
    before = unread.bytesRead
    return isStill
  })
  const sockets = await connections(t, server)
  for (const socket of sockets) socket.write(PIPELINED)
  await until(() => asked === 1 + CONNECTIONS * REQUESTS)
  assert.equal(unread.bytesRead, before)
})
