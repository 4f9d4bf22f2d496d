import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eclip-serve-'))
after(() => rmSync(folder, { recursive: true }))

const DEMAND = 'alexnet/1:50@100ms+shufflenet/1:50@100ms'
const ANY_PORTS = ['--http-port', '0', '--grpc-port', '0']
/** Looking for a plan takes longer than most tests. */
const AT_ONCE = ['--plan-seconds', '0']

interface Serving {
  readonly url: string
  readonly models: readonly string[]
  readonly child: ChildProcess
  /** Events logged so far. */
  readonly log: readonly { readonly event: string; readonly time: string }[]
}

async function serve(...args: string[]): Promise<Serving> {
  const options = [...AT_ONCE, ...ANY_PORTS, '--json']
  const child = spawn(process.execPath, [MAIN, 'serve', ...args, ...options])
  const log: { event: string; time: string }[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(JSON.parse(line)))
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  while (!text.endsWith('}\n')) await once(child.stdout, 'data')
  const { http, models } = JSON.parse(text)
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
  // Requests that came too late were refused, or could not connect.
  for (const response of last) assert.ok(response === undefined || response.status === 503)
  const [code] = serving.child.exitCode === null ? await once(serving.child, 'exit') : [0]
  assert.equal(code, 0)
  assert.deepEqual(
    serving.log.map(({ event }) => event),
    ['planned', 'loaded', 'loaded'],
  )
})

test('simulates another device than the demand would be served on', async () => {
  const serving = await serve('resnet50/1:10@100ms', '--device', 'sim:h100')
  const plan = (await (await fetch(`${serving.url}/plan`)).json()) as { device: { name: string } }
  assert.equal(plan.device.name, 'h100')
  serving.child.kill()
  await once(serving.child, 'exit')
})

test('keys of a file are asked for', async () => {
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

test('what cannot be served is said in one line', async () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, 'serve', ...args], { encoding: 'utf8' })
  writeFileSync(join(folder, 'bad.json'), JSON.stringify({ format: 'eclip.api-keys/1' }))
  for (const args of [
    ['none.json'],
    ['none/1:50@100ms'],
    [DEMAND, '--device', 'tpu'],
    [DEMAND, '--device', 'sim:abacus'],
    [DEMAND, '--device', 'cpu:h200'],
    [DEMAND, '--http-port', 'x'],
    [DEMAND, '--api-keys', join(folder, 'bad.json')],
    [DEMAND, '--plan', join(folder, 'bad.json')],
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
