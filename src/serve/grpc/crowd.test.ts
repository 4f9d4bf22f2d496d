import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { test } from 'node:test'
import { CODES, framed, grpcClientOfEchoes, outcome } from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const CALLS = 200
const MESSAGE = message(bytes(1, 'vector'))
const client = grpcClientOfEchoes()

/** Has memory for so many calls at a time. */
const ROOM = 50
const small = grpcClientOfEchoes({ limits: { heldBytes: ROOM * 2 ** 15 } })

function openMany(of = client): ClientHttp2Stream[] {
  return Array.from({ length: CALLS }, () => {
    const stream = of().open('ModelMetadata')
    stream.on('error', () => {})
    stream.end(framed(MESSAGE))
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

test('calls for which there is no memory are refused without a turn', async () => {
  const outcomes = await Promise.all(openMany(small).map(outcome))
  const counted = (code: number): number => outcomes.filter((one) => one.code === code).length
  assert.ok(counted(CODES.OK) >= ROOM, `${counted(CODES.OK)}`)
  assert.ok(counted(CODES.RESOURCE_EXHAUSTED) > 0)
  assert.equal(counted(CODES.OK) + counted(CODES.RESOURCE_EXHAUSTED), CALLS)
  assert.equal((await small().call('ModelMetadata', [MESSAGE])).code, CODES.OK)
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
