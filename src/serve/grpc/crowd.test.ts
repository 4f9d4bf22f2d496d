import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { test } from 'node:test'
import { until } from '../../until.test.fixture.js'
import {
  CODES,
  framed,
  GrpcClient,
  grpcClientOfEchoes,
  input,
  type Outcome,
  outcome,
} from './client.test.fixture.js'
import { bytes, message } from './wire.test.fixture.js'

const CALLS = 200
const MESSAGE = message(bytes(1, 'vector'))
const client = grpcClientOfEchoes()

/** Has memory for so many calls at a time. */
const ROOM = 50
const small = grpcClientOfEchoes({ limits: { heldBytes: ROOM * 2 ** 15 } })

/** Has memory for so many calls that the half of them is as many as one connection may have open. */
const roomy = grpcClientOfEchoes({ limits: { heldBytes: 2 * 1024 * 2 ** 15 } })

function openMany(of = client, method = 'ModelMetadata'): ClientHttp2Stream[] {
  return Array.from({ length: CALLS }, () => {
    const stream = of().open(method)
    stream.on('error', () => {})
    stream.end(framed(MESSAGE))
    return stream
  })
}

/** Counts how often something happens in each turn of the event loop. */
function countTurns() {
  const inTurn = [0]
  let isOver = false
  const turn = (): void => {
    inTurn.push(0)
    if (!isOver) setImmediate(turn)
  }
  turn()
  const count = (): void => {
    inTurn[inTurn.length - 1]++
  }
  const stop = (): void => {
    isOver = true
  }
  return { inTurn, count, stop }
}

/**
 * Opens many calls.
 * @returns their outcomes, and how often the method of the service was called in each turn of the event loop
 */
async function countedInTurns(
  of: typeof client,
  method: 'metadata' | 'explained' | 'infer',
  calls = openMany,
) {
  const { service } = of().server
  const turns = countTurns()
  const original = service[method].bind(service) as (...asked: unknown[]) => unknown
  const counting = (...asked: unknown[]): unknown => {
    turns.count()
    return original(...asked)
  }
  Object.assign(service, { [method]: counting })
  const outcomes = await Promise.all(calls(of).map(outcome))
  turns.stop()
  return { codes: outcomes.map(({ code }) => code), inTurn: turns.inTurn }
}

test('hundreds of calls at once leave turns for everybody else', async () => {
  const { codes, inTurn } = await countedInTurns(client, 'metadata')
  assert.ok(codes.every((code) => code === CODES.OK))
  assert.ok(Math.max(...inTurn) <= 32, `${Math.max(...inTurn)} in one turn`)
})

test('so do hundreds of requests of streams', async () => {
  const raw = bytes(7, new Uint8Array(8))
  const request = framed(message(bytes(1, 'vector'), input('IN_FP32', 'FP32', [2]), raw))
  const streams = () => {
    return [1, 2, 3, 4].map(() => {
      const stream = client().open('ModelStreamInfer')
      stream.end(Buffer.concat(Array.from({ length: 50 }, () => request)))
      return stream
    })
  }
  const { codes, inTurn } = await countedInTurns(client, 'infer', streams)
  assert.ok(codes.every((code) => code === CODES.OK))
  assert.equal(
    inTurn.reduce((sum, one) => sum + one),
    200,
  )
  assert.ok(Math.max(...inTurn) <= 32, `${Math.max(...inTurn)} in one turn`)
})

test('a call that asks whether the server lives does not wait until all that came before it had their turns', async () => {
  let answered = 0
  const crowd = openMany().map(async (stream) => {
    await outcome(stream)
    answered++
  })
  assert.equal((await client().call('ServerLive', [new Uint8Array()])).code, CODES.OK)
  assert.ok(answered < CALLS / 2, `${answered} answered before`)
  await Promise.all(crowd)
})

test('a call of another connection does not wait until all calls of a crowd had their turns', async (t) => {
  const other = new GrpcClient(client().server)
  t.after(() => other.close())
  const ask = () => other.call('ModelMetadata', [message(bytes(1, 'slow'))])
  assert.equal((await ask()).code, CODES.OK)
  const { service } = client().server
  const asked: string[] = []
  let answer: Promise<Outcome> | undefined
  const metadata = service.metadata.bind(service)
  service.metadata = (name, version) => {
    // By now the whole crowd has been read.
    if (asked.push(name) === 40) answer = ask()
    return metadata(name, version)
  }
  const crowd = Array.from({ length: 4 }, () => openMany()).flat()
  await Promise.all(crowd.map(outcome))
  assert.equal((await answer)?.code, CODES.OK)
  service.metadata = metadata
  assert.ok(asked.indexOf('slow') < crowd.length / 2, `after ${asked.indexOf('slow')}`)
})

test('hundreds of health checks at once leave turns for everybody else', async () => {
  const { service } = client().server
  const turns = countTurns()
  Object.defineProperty(service, 'isReady', {
    configurable: true,
    get: () => {
      turns.count()
      return true
    },
  })
  const outcomes = await Promise.all(openMany(client, 'ServerReady').map(outcome))
  turns.stop()
  Reflect.deleteProperty(service, 'isReady')
  assert.ok(outcomes.every(({ code }) => code === CODES.OK))
  // The observer looks, too.
  assert.ok(Math.max(...turns.inTurn) < CALLS / 2, `${Math.max(...turns.inTurn)} in one turn`)
})

test('calls for which there is no memory are refused at once, without a turn', async () => {
  const { codes, inTurn } = await countedInTurns(small, 'explained')
  const counted = (code: number): number => codes.filter((one) => one === code).length
  assert.ok(counted(CODES.OK) >= ROOM, `${counted(CODES.OK)}`)
  assert.equal(counted(CODES.OK) + counted(CODES.RESOURCE_EXHAUSTED), CALLS)
  assert.ok(Math.max(...inTurn) > 32, `${Math.max(...inTurn)} in one turn`)
  assert.equal((await small().call('ModelMetadata', [MESSAGE])).code, CODES.OK)
})

test('those of many connections are not all read in one turn', async (t) => {
  const crowd = Array.from({ length: 8 }, () => new GrpcClient(small().server))
  t.after(() => {
    for (const one of crowd) one.close()
  })
  await Promise.all(crowd.map((one) => one.call('ServerLive', [new Uint8Array()])))
  const calls = () => crowd.flatMap((one) => openMany(() => one))
  const { inTurn } = await countedInTurns(small, 'explained', calls)
  // So many are read before connections rest, what came with the last of them, and those that had room.
  const most = 128 + CALLS + 32
  assert.ok(Math.max(...inTurn) <= most, `${Math.max(...inTurn)} in one turn`)
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

test('connections with thousands of calls that send nothing leave room for the calls of others', async (t) => {
  const { server } = roomy()
  const other = roomy().open('ModelStreamInfer')
  const greedy = Array.from({ length: 3 }, () => new GrpcClient(server))
  t.after(() => {
    for (const one of greedy) one.close()
  })
  const endings = greedy.flatMap((one) =>
    Array.from({ length: 1000 }, () => outcome(one.open('ModelStreamInfer'))),
  )
  // More than half of the memory is asked for, and those who ask for it lose what is more.
  const excess = greedy.length * 1000 + 1 - 1024
  let ended = 0
  for (const ending of endings)
    void ending.then(({ code }) => {
      if (code === CODES.RESOURCE_EXHAUSTED) ended++
    })
  await until(() => ended === excess)
  assert.equal((await roomy().call('ModelMetadata', [MESSAGE])).code, CODES.OK)
  other.end()
  assert.equal((await outcome(other)).code, CODES.OK)
})
