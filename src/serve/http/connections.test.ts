import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import { clientOfEchoes, fp32 } from './client.test.fixture.js'
import { conversation, head, open } from './raw-client.test.fixture.js'

const SLOW = '/v2/models/slow/infer'
const BODY = JSON.stringify({ inputs: [fp32()] })
const client = clientOfEchoes({ limits: { connections: 3 } })

async function connected(): Promise<Socket> {
  const socket = open(client)
  await once(socket, 'connect')
  return socket
}

async function answered(socket: Socket): Promise<void> {
  socket.write('GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
}

test('if all connections are taken, a new one replaces the one that has been idle longest', async () => {
  const silent = await connected()
  const dawdling = await connected()
  dawdling.write(`${head(BODY.length, SLOW)}\r\n${BODY.slice(0, 5)}`)
  await until(() => client.server.service.accounting.byModel.get('slow')?.open === 1)
  const waiting = await connected()
  const answer = conversation(waiting)
  waiting.write(`${head(BODY.length, SLOW)}Connection: close\r\n\r\n${BODY}`)
  await until(() => client.server.service.backend.pending('slow') === 1)
  const ends = [conversation(silent), conversation(dawdling)]
  const first = await connected()
  await ends[0]
  const second = await connected()
  await ends[1]
  for (const socket of [second, first]) await answered(socket)
  const third = await connected()
  await once(second, 'close')
  for (const socket of [third, first]) await answered(socket)
  assert.match(await answer, /^HTTP\/1\.1 200 /)
  for (const socket of [first, third]) socket.destroy()
})
