import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { test } from 'node:test'
import { CODES, framed, grpcClientOfEchoes, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const CALLS = 200
const client = grpcClientOfEchoes()

function openMany(): ClientHttp2Stream[] {
  return Array.from({ length: CALLS }, () => {
    const stream = client().open('ModelMetadata')
    stream.on('error', () => {})
    stream.end(framed(message(bytes(1, 'vector'))))
    return stream
  })
}

test('hundreds of calls at once leave turns for everybody else', async () => {
  const { service } = client().server
  const metadata = service.metadata.bind(service)
  const servedIn = [0]
  service.metadata = (...asked) => {
    servedIn[servedIn.length - 1]++
    return metadata(...asked)
  }
  let isOver = false
  const countTurns = (): void => {
    servedIn.push(0)
    if (!isOver) setImmediate(countTurns)
  }
  countTurns()
  const outcomes = await Promise.all(openMany().map(outcome))
  isOver = true
  assert.ok(outcomes.every(({ code }) => code === CODES.OK))
  assert.ok(Math.max(...servedIn) <= 32, `${Math.max(...servedIn)} in one turn`)
})

test('calls whose clients leave before their turn leave nothing behind', async () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  const streams = openMany()
  await once(streams[0], 'response')
  const ended = streams.map(outcome)
  for (const stream of streams) stream.close(8)
  await Promise.all(ended)
  assert.equal((await client().call('ServerLive', [new Uint8Array()])).code, CODES.OK)
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`)
})
