import assert from 'node:assert/strict'
import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  spawn,
  spawnSync,
} from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { plainStreamsContender } from '../bench/demand/contenders.js'
import { loadDemand } from '../io/demand.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { roughPlan } from '../serve/planning/rough-plan.js'
import type { ServerState } from '../serve/telemetry/state.js'
import { said, until } from '../until.test.fixture.js'
import type { Demand } from '../workload/demand.js'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eclip-serve-'))
after(() => rmSync(folder, { recursive: true }))

const DEMAND = 'alexnet/1:50@100ms+shufflenet/1:50@100ms'
const ANY_PORTS = ['--http-port', '0', '--grpc-port', '0']
/** Searching for a plan takes longer than most of these tests. */
const AT_ONCE = ['--plan-seconds', '0']

interface Serving {
  readonly url: string
  readonly models: readonly string[]
  readonly child: ChildProcess
  /** The events logged so far. */
  readonly log: readonly { readonly event: string; readonly time: string }[]
}

function serve(...args: string[]): Promise<Serving> {
  return started(spawn(process.execPath, serveLine(args)))
}

/** A server that may have so many files open. */
function serveWithin(openFiles: number, ...args: string[]): Promise<Serving> {
  const command = `ulimit -n ${openFiles}; exec "$0" "$@"`
  return started(spawn('bash', ['-c', command, process.execPath, ...serveLine(args)]))
}

function serveLine(args: readonly string[]): string[] {
  return [MAIN, 'serve', ...args, ...AT_ONCE, ...ANY_PORTS, '--json']
}

async function started(child: ChildProcessWithoutNullStreams): Promise<Serving> {
  const log: { event: string; time: string }[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(JSON.parse(line)))
  const { http, models } = JSON.parse(await said(child.stdout, /\}\n$/))
  return { url: http, models, child, log }
}

function infer({ url }: Serving, model: string, headers: Record<string, string> = {}) {
  const data = new Array(3 * 224 * 224).fill(0)
  const inputs = [{ name: 'INPUT__0', datatype: 'FP32', shape: [1, 3, 224, 224], data }]
  const body = JSON.stringify({ inputs })
  return fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', body, headers })
}

test('serves a demand on the simulated device, and drains when it is told to end', async () => {
  const serving = await serve(DEMAND, '--server-name', 'triton')
  assert.deepEqual(serving.models, ['alexnet', 'shufflenet'])
  const metadata = (await (await fetch(`${serving.url}/v2`)).json()) as { name: string }
  assert.equal(metadata.name, 'triton')
  const model = await (await fetch(`${serving.url}/v2/models/alexnet`)).json()
  assert.equal((model as { platform: string }).platform, 'eclip-sim')
  const plan = (await (await fetch(`${serving.url}/plan`)).json()) as { format: string }
  assert.equal(plan.format, 'eclip.serving/1')
  let answered = 0
  const client = async () => {
    for (;;) {
      const response = await infer(serving, 'alexnet').catch(() => undefined)
      if (response?.status !== 200) return response
      await response.arrayBuffer()
      answered++
      if (answered === 10) serving.child.kill('SIGTERM')
    }
  }
  const last = await Promise.all(Array.from({ length: 4 }, client))
  // Requests that came too late were either refused or could not connect.
  for (const response of last) assert.ok(response === undefined || response.status === 503)
  const [code] = serving.child.exitCode === null ? await once(serving.child, 'exit') : [0]
  assert.equal(code, 0)
  assert.deepEqual(
    serving.log.map(({ event }) => event),
    ['listening', 'planned', 'loaded', 'loaded'],
  )
})

test('a signal ends a server that is still planning but already listening', async () => {
  const words = ['serve', 'data/demands/four-models.json', ...ANY_PORTS]
  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const child = spawn(process.execPath, [MAIN, ...words])
    let printed = ''
    child.stdout.on('data', (piece) => {
      printed += piece
    })
    const exited = once(child, 'exit')
    const log: { event: string; http?: string }[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      log.push(JSON.parse(line))
      if (log.length === 2) break
    }
    assert.deepEqual(
      log.map(({ event }) => event),
      ['listening', 'planning'],
    )
    assert.equal((await fetch(`${log[0].http}/v2/health/live`)).status, 200)
    assert.equal((await fetch(`${log[0].http}/v2/health/ready`)).status, 503)
    child.kill(signal)
    assert.deepEqual(await exited, [expected, null])
    assert.equal(printed, '')
  }
})

test('a second signal, of whatever kind, ends a server that waits for a slow request', async () => {
  const serving = await serve(DEMAND, '--drain-seconds', '600')
  const port = Number(new URL(serving.url).port)
  const slow = connect(port, '127.0.0.1')
  slow.on('error', () => {})
  slow.write('POST /v2/models/alexnet/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n')
  await until(async () => {
    const metrics = await (await fetch(`${serving.url}/metrics`)).text()
    return metrics.includes('eclip_requests_total{model="alexnet",outcome="received",reason=""} 1')
  })
  serving.child.kill('SIGTERM')
  await until(async () => (await fetch(`${serving.url}/v2/health/ready`)).status === 503)
  const exited = once(serving.child, 'exit')
  serving.child.kill('SIGINT')
  assert.deepEqual(await exited, [130, null])
})

test('where few files may be open, a newcomer still takes the place of an idle connection', {
  timeout: 60_000,
}, async (t) => {
  const serving = await serveWithin(400, DEMAND)
  t.after(() => serving.child.kill('SIGKILL'))
  const port = Number(new URL(serving.url).port)
  const idle = Array.from({ length: 450 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await Promise.all(idle.map((socket) => once(socket, 'connect')))
  const signal = AbortSignal.timeout(20_000)
  for (let i = 0; i < 5; i++)
    assert.equal((await fetch(`${serving.url}/v2/health/live`, { signal })).status, 200)
  for (const socket of idle) socket.destroy()
})

test('simulates a device other than the one that would serve the demand', async () => {
  const serving = await serve('resnet50/1:10@100ms', '--device', 'sim:h100')
  const plan = (await (await fetch(`${serving.url}/plan`)).json()) as { device: { name: string } }
  assert.equal(plan.device.name, 'h100')
  serving.child.kill()
  await once(serving.child, 'exit')
})

test('the keys in a file are required', async () => {
  const file = join(folder, 'keys.json')
  const key = 'a-secret-for-the-tests'
  writeFileSync(file, JSON.stringify({ format: 'eclip.api-keys/1', tenants: { a: key } }))
  const serving = await serve(DEMAND, '--api-keys', file)
  assert.equal((await infer(serving, 'alexnet')).status, 401)
  const authorization = `Bearer ${key}`
  assert.equal((await infer(serving, 'alexnet', { authorization })).status, 200)
  serving.child.kill('SIGINT')
  const [code] = await once(serving.child, 'exit')
  assert.equal(code, 0)
})

/** A file with this content in the folder of the tests. */
function written(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(content))
  return file
}

/** What `eclip bench` writes about a plan and about plain streams. */
function benchOf(demand: Demand, plan: ServingPlan) {
  const results = [{ name: 'mine', plan }, plainStreamsContender(demand)].map((one, i) => ({
    ...one,
    goodput: 1.5 - i,
    goodput95: 2,
    startS: 1,
    measurements: [{ load: 3, models: [DRIVEN], senderLagMs: 0, tookS: 1 }],
  }))
  const head = { command: 'eclip bench', date: '2026-11-20', demand: DEMAND, gpu: 'H200' }
  return { format: 'eclip.goodput/1', ...head, versions: {}, results }
}

const COUNTS = { offered: 9, answered: 0, inTime: 0, dropped: 9, lost: 0 }
const DRIVEN = { ...COUNTS, p50Ms: null, p95Ms: null, p99Ms: null, batch: null }

/** What is sent to a collector of traces, one value for each call of it. */
async function collector() {
  const received: object[] = []
  const server = createServer(async (request, response) => {
    received.push((await json(request)) as object)
    response.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received, close: () => server.close() }
}

test('listens where it is told to, for so long a body, so many rows, and tells a collector', async (t) => {
  const { url, received, close } = await collector()
  t.after(close)
  const asked = '--host 127.0.0.2 --body-mb 1 --most-waiting 2 --drain-seconds 2 --server-name mine'
  const traces = ['--traces', url, '--trace-share', '1']
  const serving = await serve(DEMAND, ...asked.split(' '), ...traces)
  t.after(() => serving.child.kill('SIGKILL'))
  assert.match(serving.url, /^http:\/\/127\.0\.0\.2:/)
  const endpoint = `${serving.url}/v2/models/alexnet/infer`
  const long = await fetch(endpoint, { method: 'POST', body: 'x'.repeat(2 ** 20 + 1) })
  assert.equal(long.status, 413)
  // Of three that come at once, each of which takes a millisecond, one would have to wait as a third. On a busy machine
  // they come one by one.
  const statuses = new Set<number>()
  await until(async () => {
    const answers = Array.from({ length: 12 }, () => infer(serving, 'alexnet'))
    for (const { status } of await Promise.all(answers)) statuses.add(status)
    return statuses.has(429)
  })
  assert.ok(statuses.has(200), `${[...statuses]}`)
  await until(() => received.length > 0)
  const text = JSON.stringify(received)
  assert.match(text, /"service\.name","value":\{"stringValue":"mine"\}/)
  assert.match(text, /"eclip\.model","value":\{"stringValue":"alexnet"\}/)
  const slow = connect(Number(new URL(serving.url).port), '127.0.0.2').on('error', () => {})
  slow.write('POST /v2/models/alexnet/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n')
  await once(slow, 'ready')
  await setTimeout(100)
  const [from, exited] = [performance.now(), once(serving.child, 'exit')]
  serving.child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  const tookMs = performance.now() - from
  assert.ok(tookMs > 1900 && tookMs < 9000, `${tookMs}`)
})

test('the measurements of a bench are shown with their plan, and not with another', async () => {
  const demand = loadDemand(DEMAND)
  const plan = roughPlan(demand)
  const planFile = written('plan.json', plan)
  const benchFile = written('bench.json', benchOf(demand, plan))
  const serving = await serve(DEMAND, '--plan', planFile, '--bench', benchFile)
  const benchmarked = { goodput: 1.5, plainStreamsGoodput: 0.5, gpu: 'H200', date: '2026-11-20' }
  const inForce = async () => (await fetch(`${serving.url}/plan`)).json() as Promise<ServingPlan>
  const now = await inForce()
  assert.deepEqual(now.evidence.benchmarked, benchmarked)
  const state = (await (await fetch(`${serving.url}/eclip/state`)).json()) as ServerState
  assert.deepEqual(state.plan?.benchmarked, benchmarked)
  const another = JSON.stringify({ ...roughPlan(demand), concurrency: 1, models: now.models })
  const swapped = await fetch(`${serving.url}/plan`, { method: 'PUT', body: another })
  assert.equal(swapped.status, 200)
  assert.equal((await inForce()).evidence.benchmarked, undefined)
  serving.child.kill()
  await once(serving.child, 'exit')
})

test('whatever cannot be served is refused in one line', async () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, 'serve', ...args], { encoding: 'utf8' })
  writeFileSync(join(folder, 'bad.json'), JSON.stringify({ format: 'eclip.api-keys/1' }))
  const plan = roughPlan(loadDemand(DEMAND))
  const planFile = written('served.json', plan)
  const benchFile = written(
    'of-another.json',
    benchOf(loadDemand(DEMAND), { ...plan, concurrency: 1 }),
  )
  for (const args of [
    ['none.json'],
    ['none/1:50@100ms'],
    [DEMAND, '--device', 'tpu'],
    [DEMAND, '--device', 'sim:abacus'],
    [DEMAND, '--device', 'cpu:h200'],
    [DEMAND, '--http-port', 'x'],
    [DEMAND, '--api-keys', join(folder, 'bad.json')],
    [DEMAND, '--plan', join(folder, 'bad.json')],
    [DEMAND, '--bench', benchFile],
    [DEMAND, '--plan', planFile, '--bench', planFile],
    [DEMAND, '--plan', planFile, '--bench', benchFile],
  ]) {
    const { status, stderr } = run(...args)
    assert.equal(status, 2, args.join(' '))
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  }
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { status, stderr } = run(DEMAND, ...AT_ONCE, '--http-port', `${port}`, '--grpc-port', '0')
  assert.equal(status, 1)
  assert.match(stderr, /cannot listen at 127\.0\.0\.1:\d+/)
  taken.close()
})

test('serves the models of a workload, its replicas as instances of one', async () => {
  const file = join(folder, 'workload.json')
  const workers = [
    { model: 'vgg19', replicas: 2, load: { poisson: 30 }, p95TargetMs: 40 },
    { model: 'alexnet', batch: 8 },
  ]
  const workload = { format: 'eclip.workload/1', device: 'h200', workers }
  writeFileSync(file, JSON.stringify(workload))
  for (const [asked, models] of [
    [file, ['vgg19', 'alexnet']],
    ['albert/1+alexnet/8', ['albert', 'alexnet']],
  ] as const) {
    const serving = await serve(asked)
    assert.deepEqual(serving.models, models)
    serving.child.kill('SIGTERM')
    await once(serving.child, 'exit')
  }
})
