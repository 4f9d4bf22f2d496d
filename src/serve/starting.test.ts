import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { after, test } from 'node:test'
import { InputError } from '../errors.js'
import { LONGEST_TIMER_MS } from '../now.js'
import { UnplannedBackend } from './backend/unplanned-backend.js'
import { echoBackend, echoModel, planOf, startEchoes } from './echo.test.fixture.js'
import { CODES, GrpcClient, input } from './grpc/client.test.fixture.js'
import { bytes } from './grpc/wire.test.fixture.js'
import { fp32 } from './http/client.test.fixture.js'
import type { RunningServer } from './server.js'

/** A server that listens, and whose backend opens when the test says so. */
async function starting() {
  const opening = new EventEmitter()
  const listens = new EventEmitter()
  const listening = once(listens, 'listening')
  const server = startEchoes({
    backend: new UnplannedBackend(['m'], { kind: 'sim', name: 'echo', granuleCus: [] }),
    open: async () => (await once(opening, 'opened'))[0],
    observeEveryMs: LONGEST_TIMER_MS,
    log: (event, details) => listens.emit(event, details),
  })
  // A server that waits for its backend would keep a failed test from ending.
  after(async () => {
    opening.emit('opened', echoBackend([]))
    await server.then(
      ({ stop }) => stop(0),
      () => {},
    )
  })
  const [{ http: httpUrl, grpc: grpcAddress }] = await listening
  const status = async (path: string, request?: RequestInit) => {
    const response = await fetch(`${httpUrl}/${path}`, request)
    return [response.status, await response.text()] as const
  }
  const infer = () => {
    const body = JSON.stringify({ inputs: [fp32()] })
    return status('v2/models/m/infer', { method: 'POST', body })
  }
  return { server, opening, grpcAddress, status, infer }
}

const REQUEST = [
  bytes(1, 'm'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
] as const

test('while the plan is being made a server is live and not ready, and says why over both transports', async () => {
  const { server, opening, grpcAddress, status, infer } = await starting()
  const grpc = new GrpcClient({ grpcAddress } as RunningServer)
  after(() => grpc.close())
  assert.equal((await status('v2/health/live'))[0], 200)
  assert.equal((await status('v2/health/ready'))[0], 503)
  assert.equal((await status('v2/models/m/ready'))[0], 503)
  for (const refused of [
    await infer(),
    await status('plan'),
    await status('plan', { method: 'PUT', body: JSON.stringify(planOf(['m'])) }),
    await status('eclip/trials/1/apply', { method: 'POST' }),
    await status('v2/repository/models/m/load', { method: 'POST' }),
    await status('v2/repository/models/m/unload', { method: 'POST' }),
  ]) {
    assert.equal(refused[0], 503)
    assert.match(refused[1], /the plan is being made/)
  }
  const shown = JSON.parse((await status('eclip/state'))[1])
  assert.deepEqual([shown.readiness, shown.models[0].name], ['starting', 'm'])
  assert.equal((await grpc.ask('ServerLive')).integer(1), 1)
  assert.equal((await grpc.ask('ServerReady')).integer(1), 0)
  const refused = await grpc.refused(CODES.UNAVAILABLE, 'ModelInfer', ...REQUEST)
  assert.match(refused, /the plan is being made/)
  opening.emit('opened', echoBackend([echoModel('m', ['FP32'])]))
  const { service } = await server
  assert.equal((await status('v2/health/ready'))[0], 200)
  assert.equal((await infer())[0], 200)
  assert.equal((await grpc.ask('ServerReady')).integer(1), 1)
  assert.equal(JSON.parse((await status('eclip/state'))[1]).plan.policy, 'test')
  const { received, answered } = service.accounting.byModel.get('m')!
  assert.deepEqual([received, answered], [3, 1])
})

test('a server whose backend cannot be opened stops listening', async () => {
  const { server, opening, status } = await starting()
  const problem = { file: 'demand', path: '', expected: 'a plan', found: 'none' }
  opening.emit('error', new InputError(problem))
  await assert.rejects(server, InputError)
  await assert.rejects(status('v2/health/live'), /fetch failed/)
})
