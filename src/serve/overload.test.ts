/**
 * Ten times the load that there is room for. Once for a minute of a clock of its own, so that nothing depends on
 * the machine, and once in real time over both transports. `node bench/faults.mjs` does the latter for longer.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { HeldDevice } from './backend/held-device.test.fixture.js'
import { SimulatedDevice } from './backend/simulated-device.js'
import { Cancellation } from './cancellation.js'
import { echoBackend, echoModel, planOf, startEchoes } from './echo.test.fixture.js'
import { GrpcClient, input } from './grpc/client.test.fixture.js'
import { bytes, message } from './grpc/wire.test.fixture.js'
import { fp32 } from './http/client.test.fixture.js'
import { InferenceService } from './inference-service.js'
import { DEFAULT_LIMITS } from './limits.js'
import { usedBytes } from './memory.test.fixture.js'
import { MemoryBudget } from './memory-budget.js'
import { NO_PARAMETERS } from './parameters.js'
import { serveInference } from './serve-inference.js'
import type { RunningServer } from './server.js'
import { Observer } from './telemetry/observer.js'
import { Tenants } from './tenants.js'
import { AS_BINARY } from './tensors/delivery.js'
import { PlainBytes } from './tensors/tensor-bytes.js'
import { tensorOf } from './tensors/tensors.js'

const SECONDS = Number(process.env.ECLIP_FAULT_SECONDS ?? 5)
const LEAST_IN_TIME = 0.9
const LAUNCH_MS = 40
/** A target is this many launches. */
const TARGET_LAUNCHES = 25
const TIMES = 10
/** How many times the processor time that requests take there is for them. */
const SPARE = 4
/** As many requests tell how long one takes here. */
const REHEARSED = 200
const MB = 2 ** 20
const WARM_UP = 16
const BODY_BYTES = 1000
const ANSWERED = new Set(['HTTP 200', 'gRPC 0'])

const JSON_REQUEST = JSON.stringify({ inputs: [fp32()] })
const MESSAGE = message(
  bytes(1, 'm'),
  input('IN_FP32', 'FP32', [1, 2]),
  bytes(7, new Uint8Array(8)),
)

async function start(launchMs: number): Promise<RunningServer> {
  const models = [echoModel('m', ['FP32'])]
  const targetMs = TARGET_LAUNCHES * launchMs
  const changes = { batches: [1], targetMs, expectedMs: { 1: [launchMs] } }
  const device = new SimulatedDevice(models)
  return startEchoes({
    backend: echoBackend(models, { plan: planOf(['m'], changes), device }),
  })
}

test('for a minute at ten times the load, every accepted request is in time, and nothing piles up', async () => {
  let nowUs = 0
  const clock = { nowUs: () => nowUs }
  const device = new HeldDevice()
  const plan = planOf(['m'], { batches: [1], targetMs: 200, expectedMs: { 1: [LAUNCH_MS] } })
  const backend = echoBackend([], { plan, device, ...clock })
  const service = new InferenceService(backend, {
    name: 'eclip',
    version: '0',
    log: () => {},
    ...clock,
  })
  await service.start()
  const memoryBudget = new MemoryBudget(TIMES * 10 * BODY_BYTES)
  const observer = new Observer(service, 0)
  const limits = DEFAULT_LIMITS
  const allowance = { memoryBudget, limits }
  const own = { pages: memoryBudget, probes: allowance, watches: allowance }
  const context = { service, observer, tenants: new Tenants(), ...allowance, ...own }
  const header = { name: 'IN_FP32', datatype: 'FP32', shape: [1, 2] } as const
  const request = {
    model: 'm',
    version: '',
    id: '',
    parameters: NO_PARAMETERS,
    inputs: [tensorOf(header, new PlainBytes(new Uint8Array(8)))],
    outputs: [],
    defaultDelivery: AS_BINARY,
  }
  let late = 0
  const ask = async (): Promise<void> => {
    const arrival = { model: 'm', authorization: undefined, traceparent: undefined }
    const arrivedUs = nowUs
    const cancellation = new Cancellation()
    const refusal = await serveInference(
      context,
      { ...arrival, cancellation },
      async (caller, { reservation }) => {
        reservation.cover(BODY_BYTES)
        await service.infer(request, caller)
      },
    )
    if (refusal === undefined && nowUs - arrivedUs > 200_000) late++
    if (refusal !== undefined) assert.equal(refusal.reason, 'overloaded')
  }
  const account = () => service.accounting.byModel.get('m')!
  let usedAtFirst = 0
  const launches = (60 * 1000) / LAUNCH_MS
  for (let i = 0; i < launches; i++) {
    for (let n = 0; n < TIMES; n++) void ask()
    await settled()
    assert.ok(account().open <= 200 / LAUNCH_MS, `${account().open} wait`)
    assert.equal(memoryBudget.heldBytes, account().open * BODY_BYTES)
    nowUs += LAUNCH_MS * 1000
    device.launches[0].end()
    await settled()
    if (i === launches / 4) usedAtFirst = usedBytes()
  }
  const used = usedBytes()
  for (; account().open > 0; await settled()) device.launches[0].end()
  assert.equal(late, 0)
  assert.equal(account().received, TIMES * launches)
  assert.equal(account().received, account().answered + account().total('refused'))
  // The instance was never idle.
  assert.ok(account().answered >= launches, `${account().answered} answered`)
  assert.equal(memoryBudget.heldBytes, 0)
  assert.ok(used < usedAtFirst + MB, `${usedAtFirst / MB} MB grew to ${used / MB}`)
})

/** Resolves when everything has happened that can happen without time passing. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Clients of a server with one launch at a time, which ask over both transports in turn. */
async function clientsOf(launchMs: number, t: TestContext) {
  const server = await start(launchMs)
  const grpc = new GrpcClient(server)
  t.after(async () => {
    grpc.close()
    await server.stop(0)
  })
  const outcomes = new Map<string, number>()
  const latenciesMs: number[] = []
  const overHttp = async (): Promise<string> => {
    const init = { method: 'POST', body: JSON_REQUEST }
    const response = await fetch(`${server.httpUrl}/v2/models/m/infer`, init)
    await response.arrayBuffer()
    if (response.status === 429) assert.ok(Number(response.headers.get('retry-after')) >= 1)
    return `HTTP ${response.status}`
  }
  const overGrpc = async (): Promise<string> => {
    const { code } = await grpc.call('ModelInfer', [MESSAGE])
    return `gRPC ${code}`
  }
  let asked = 0
  const ask = async (): Promise<void> => {
    const startMs = performance.now()
    const outcome = await (asked++ % 2 === 0 ? overHttp : overGrpc)()
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (ANSWERED.has(outcome)) latenciesMs.push(performance.now() - startMs)
  }
  // Connections and compiled code, for which the very first requests would have to wait.
  await Promise.all(Array.from({ length: WARM_UP }, ask))
  outcomes.clear()
  latenciesMs.length = 0
  const account = server.service.accounting.byModel.get('m')!
  return { account, ask, outcomes, latenciesMs }
}

/**
 * How long launches have to last for clients and server to have several times the processor time that they need: on a
 * busy machine they would otherwise wait for that, and no longer for the device.
 */
async function unhurriedMs(t: TestContext): Promise<number> {
  const { ask } = await clientsOf(1, t)
  const startMs = performance.now()
  await Promise.all(Array.from({ length: REHEARSED }, ask))
  const requestMs = (performance.now() - startMs) / REHEARSED
  return Math.max(LAUNCH_MS, SPARE * TIMES * requestMs)
}

test('at ten times the load, answered requests are in time, memory stays flat, and everything is counted', async (t) => {
  const launchMs = await unhurriedMs(t)
  const { account, ask, outcomes, latenciesMs } = await clientsOf(launchMs, t)
  const before = { received: account.received, answered: account.answered }
  const requests = (TIMES * SECONDS * 1000) / launchMs
  const asked: Promise<void>[] = []
  let usedAtFirst = 0
  const startMs = performance.now()
  while (asked.length < requests) {
    const due = ((performance.now() - startMs) * TIMES) / launchMs
    while (asked.length < Math.min(due, requests)) asked.push(ask())
    if (usedAtFirst === 0 && asked.length > requests / 4) usedAtFirst = usedBytes()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const used = usedBytes()
  await Promise.all(asked)
  assert.equal(account.open, 0)
  assert.equal(account.received, before.received + asked.length)
  assert.equal(account.answered, before.answered + latenciesMs.length)
  assert.equal(
    account.received,
    account.answered + account.total('refused') + account.total('dropped'),
  )
  const known = [...ANSWERED, 'HTTP 429', 'HTTP 504', 'gRPC 4', 'gRPC 8']
  for (const outcome of outcomes.keys()) assert.ok(known.includes(outcome), outcome)
  assert.ok(latenciesMs.length > 0)
  const inTime = latenciesMs.filter((ms) => ms <= TARGET_LAUNCHES * launchMs).length
  assert.ok(
    inTime >= LEAST_IN_TIME * latenciesMs.length,
    `${inTime} of ${latenciesMs.length} in time`,
  )
  assert.ok(used < usedAtFirst + 20 * MB, `${usedAtFirst / MB} MB grew to ${used / MB}`)
})
