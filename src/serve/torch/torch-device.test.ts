import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { underControl } from '../../binding/mps/control.test.fixture.js'
import { startMps } from '../../binding/mps/daemon.js'
import { nowUs } from '../../now.js'
import { ForkServer } from '../../torch/fork-server.js'
import { withoutTorch } from '../../torch/needs-torch.test.fixture.js'
import { pythonProgram } from '../../torch/python.js'
import { until } from '../../until.test.fixture.js'
import { PlanBackend } from '../backend/plan-backend.js'
import { planOf, startEchoes } from '../echo.test.fixture.js'
import type { RunningServer } from '../server.js'
import { TorchDevice, type TorchDeviceOptions } from './torch-device.js'

/** The values of a tensor that is so large that the worker moves it. */
const WIDE = 32_768

/** A small network with its own weights, a sum of two inputs of different types, and a slow product. */
const MODELS = `
import os, time, torch
class Twice(torch.nn.Module):
    def forward(self, x):
        time.sleep(0.2)
        return x * 2
class Sum(torch.nn.Module):
    def forward(self, x, n):
        if os.path.exists(os.environ['BROKEN']): raise RuntimeError('CUDA error: the device is broken')
        return x + n, n * 2
def network():
    torch.manual_seed(5)
    layers = torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 5)
    return torch.nn.Sequential(*layers), (torch.zeros(1, 3, 8, 8),)
def twice(): return Twice(), (torch.zeros(1, ${WIDE}),)
def sum():
    while os.path.exists(os.environ['HELD']): time.sleep(0.01)
    return Sum(), (torch.zeros(1, 2), torch.zeros(1, 2, dtype=torch.int64))
`

/** What plain PyTorch computes for rows of the network's input, one by one. */
const PLAIN = `
import json, sys, torch
from serve_models import network
model = network()[0].eval()
rows = torch.tensor(json.load(sys.stdin)).reshape(-1, 1, 3, 8, 8)
with torch.no_grad(): print(json.dumps([model(row)[0].tolist() for row in rows]))
`

/** Like NVIDIA's control program, it does not start a daemon if one is already running. */
const ONE_AT_A_TIME = '[ "$1" != -d ] || { [ ! -e "$here/running" ] && : >"$here/running"; }'

const folder = mkdtempSync(join(tmpdir(), 'eclip-serve-models-'))
writeFileSync(join(folder, 'serve_models.py'), MODELS)
after(() => rmSync(folder, { recursive: true }))
process.env.PYTHONPATH = folder
/** While this file exists, the sum fails as it does on a device whose driver fails. */
const broken = join(folder, 'broken')
process.env.BROKEN = broken
/** While this file exists, the sum is not loaded. */
const held = join(folder, 'held')
process.env.HELD = held

const notes: string[] = []

const forkServer = new ForkServer([])
after(() => forkServer.close())

/** @param processes how instances get processes; those `apart` are spawned, and those `forked` are apart, too */
async function startModels(
  processes: 'together' | 'apart' | 'forked',
  options: Pick<TorchDeviceOptions, 'modelMemoryBytes' | 'repair' | 'environment'> = {},
  models: readonly string[] = ['network', 'sum'],
): Promise<RunningServer> {
  const backend = new PlanBackend({
    plan: planOf(models, { instances: 2 }),
    device: new TorchDevice({
      process: { device: 'cpu', trust: 'code', ...(processes === 'forked' && { forkServer }) },
      processes: processes === 'forked' ? 'apart' : processes,
      request: ({ model }) => ({ model: `serve_models:${model}`, dtype: 'float32' }),
      levels: 1,
      ...options,
    }),
    levels: 1,
    mostHeld: 1024,
    view: { kind: 'cpu', name: 'test', granuleCus: [] },
    nowUs,
  })
  const server = await startEchoes({
    backend,
    log: (event) => notes.push(event),
  })
  // Its processes would keep a failed test from ending.
  after(() => server.stop(0))
  return server
}

/** Memory that killed tests left behind. */
const leftByOthers = new Set(readdirSync('/dev/shm'))

/** The memory of this process's workers, including dead ones, but not of tests that run beside. */
function ownMemory(): string[] {
  const isAnothers = (pid: string): boolean => {
    try {
      const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
      return ![process.pid, ...serverPids()].includes(Number(parent))
    } catch {
      return false
    }
  }
  return readdirSync('/dev/shm').filter((name) => {
    const [, pid] = /^eclip-(\d+)-/.exec(name) ?? []
    return pid !== undefined && !leftByOthers.has(name) && !isAnothers(pid)
  })
}

/** The memory of clients that this process has open. */
function openRegions(): string[] {
  const links = readdirSync('/proc/self/fd').map((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`)
    } catch {
      return 'closed since'
    }
  })
  return links.filter((link) => link.includes(`eclip-test-${process.pid}-`))
}

async function infer(server: RunningServer, model: string, inputs: object[]): Promise<Response> {
  return ask(server, model, { inputs })
}

async function ask(server: RunningServer, model: string, body: object): Promise<Response> {
  return fetch(`${server.httpUrl}/v2/models/${model}/infer`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
}

function image(values: readonly number[]) {
  return { name: 'INPUT__0', datatype: 'FP32', shape: [1, 3, 8, 8], data: values }
}

interface Answer {
  readonly outputs: readonly {
    readonly data: readonly number[]
    readonly shape: number[]
    readonly parameters?: Readonly<Record<string, unknown>>
  }[]
}

describe('PyTorch models behind the server', { skip: withoutTorch }, () => {
  test('64 clients at once get what plain PyTorch computes', async () => {
    const server = await startModels('together')
    const clients = Array.from({ length: 64 }, (_, client) =>
      Array.from({ length: 192 }, (__, i) => Math.fround(Math.sin(client * 192 + i))),
    )
    const plain = spawnSync(pythonProgram(), ['-c', PLAIN], {
      input: JSON.stringify(clients),
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: folder },
    })
    const expected: number[][] = JSON.parse(plain.stdout)
    const answers = await Promise.all(
      clients.map(async (values) => (await infer(server, 'network', [image(values)])).json()),
    )
    for (const [client, { outputs }] of (answers as Answer[]).entries()) {
      assert.deepEqual(outputs[0].shape, [1, 5])
      for (const [i, value] of outputs[0].data.entries()) {
        assert.ok(Math.abs(value - expected[client][i]) < 1e-5, `${value} ${expected[client][i]}`)
      }
    }
    const { executionCount, inferenceCount } = server.service.statisticsOf('network')
    assert.equal(inferenceCount, 64)
    assert.ok(executionCount < 64, `${executionCount} launches`)
  })

  test('several inputs and outputs of different types', async () => {
    const server = await startModels('together')
    const metadata = server.service.metadata('sum', '')
    assert.deepEqual(
      metadata.inputs.map(({ datatype, shape }) => [datatype, shape]),
      [
        ['FP32', [-1, 2]],
        ['INT64', [-1, 2]],
      ],
    )
    const inputs = [
      { name: 'INPUT__1', datatype: 'INT64', shape: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      { name: 'INPUT__0', datatype: 'FP32', shape: [3, 2], data: [0.5, 0, 0, 0, 0, 0.25] },
    ]
    const { outputs } = (await (await infer(server, 'sum', inputs)).json()) as Answer
    assert.deepEqual(outputs[0].data, [1.5, 2, 3, 4, 5, 6.25])
    assert.deepEqual(outputs[1].data, [2, 4, 6, 8, 10, 12])
  })

  test('tensors stay in the memory of clients, who may cut it short or take it back at any time', async () => {
    const server = await startModels('forked', {}, ['twice'])
    const [cutIn, cutOut] = [3, 7]
    const clients = await Promise.all(
      Array.from({ length: 16 }, async (_, client) => {
        const key = `eclip-test-${process.pid}-${client}`
        const bytes = 4 * WIDE
        const at = 64 * client
        const file = openSync(`/dev/shm/${key}`, 'wx+')
        writeSync(file, new Float32Array(WIDE).fill(client), 0, bytes, at)
        ftruncateSync(file, at + 2 * bytes)
        server.service.memory.register(key, key, at, 2 * bytes)
        rmSync(`/dev/shm/${key}`)
        if (client === cutIn) ftruncateSync(file, at + 100)
        if (client === cutOut) ftruncateSync(file, at + bytes + 100)
        const place = { shared_memory_region: key, shared_memory_byte_size: bytes }
        const input = { name: 'INPUT__0', datatype: 'FP32', shape: [1, WIDE], parameters: place }
        const room = { ...place, shared_memory_offset: bytes }
        const body = { inputs: [input], outputs: [{ name: 'OUTPUT__0', parameters: room }] }
        return { file, at, key, answer: ask(server, 'twice', body) }
      }),
    )
    await until(() => server.service.backend.pending('twice') === clients.length)
    server.service.memory.unregisterAll()
    for (const [client, { file, at, key, answer }] of clients.entries()) {
      const response = await answer
      const json = (await response.json()) as Answer & { error?: string }
      if (client === cutIn || client === cutOut) {
        const error = `region '${key}': its shared memory was cut short`
        assert.deepEqual([response.status, json.error], [400, error])
      } else {
        assert.equal(json.outputs[0].parameters?.shared_memory_byte_size, 4 * WIDE)
        const values = new Float32Array(WIDE)
        readSync(file, values, 0, 4 * WIDE, at + 4 * WIDE)
        assert.ok(values.every((value) => value === 2 * client))
      }
      closeSync(file)
    }
    const { executionCount, inferenceCount } = server.service.statisticsOf('twice')
    assert.ok(executionCount < inferenceCount, `${executionCount} launches`)
    assert.deepEqual(openRegions(), [])
  })

  test('unloading gives shared memory back, and stopping leaves nothing', async () => {
    const before = ownMemory().length
    const server = await startModels('forked')
    const loaded = ownMemory().length
    assert.ok(loaded > before)
    await server.service.unload('sum')
    await server.service.unload('network')
    assert.equal(ownMemory().length, before)
    await server.service.load('sum', new Map())
    assert.ok(ownMemory().length > before)
    await server.stop(0)
    assert.equal(ownMemory().length, before)
  })

  test('a model that takes more than its memory budget is not loaded, and leaves nothing', async () => {
    const before = ownMemory().length
    // Two instances of 112 + 725 weights in single precision: 6.5 KiB.
    const server = await startModels('forked', { modelMemoryBytes: 7 * 1024 })
    await server.stop(0)
    await assert.rejects(startModels('forked', { modelMemoryBytes: 6 * 1024 }), {
      name: 'WorkError',
      message:
        /^model 'network': 2 instances take 0\.0 MiB or more, its memory budget is 0\.0 MiB$/,
    })
    assert.equal(ownMemory().length, before)
  })

  test('a worker that is killed under load comes back, and every request is accounted for', async () => {
    notes.length = 0
    const server = await startModels('together')
    const statuses = await askedWhile(server, async (answered) => {
      await answered(100)
      for (const pid of workerPids()) process.kill(pid, 'SIGKILL')
      await until(() => notes.includes('worker-restored'))
      await answered(100)
    })
    checkBooks(server, statuses)
    // Each was run once more, on the process that came back.
    assert.deepEqual(new Set(statuses), new Set([200]))
  })

  test('a fork server that is killed under load comes back with its workers, and every request is accounted for', async () => {
    notes.length = 0
    const server = await startModels('forked')
    const [first] = serverPids()
    const workers = workerPids()
    const statuses = await askedWhile(server, async (answered) => {
      await answered(100)
      process.kill(first, 'SIGKILL')
      await until(() => notes.filter((note) => note === 'worker-restored').length === 4)
      await answered(100)
    })
    checkBooks(server, statuses)
    assert.ok(statuses.every((status) => [200, 503].includes(status)))
    const [second] = serverPids()
    assert.notEqual(second, first)
    assert.ok(!workerPids().some((pid) => workers.includes(pid)))
    await server.stop(0)
    assert.deepEqual(workerPids(), [])
  })

  test('a worker that is killed again before its models are back comes back as one process', async (t) => {
    // Otherwise nothing else would be loaded, and the tests that follow would wait for it.
    t.after(() => rmSync(held, { force: true }))
    notes.length = 0
    const server = await startModels('together')
    const [first] = workerPids()
    const memoryOfNext = () => ownMemory().find((name) => !name.startsWith(`eclip-${first}-`))
    writeFileSync(held, '')
    process.kill(first, 'SIGKILL')
    await until(() => memoryOfNext() !== undefined)
    process.kill(Number(memoryOfNext()!.split('-')[1]), 'SIGKILL')
    await until(() => notes.includes('worker-not-restored'))
    rmSync(held)
    await until(() => notes.includes('worker-restored'))
    assert.equal(workerPids().length, 1)
    await server.stop(0)
    assert.equal(ownMemory().length, 0)
  })

  test('a model that is unloaded while a worker loads it again does not stay in the worker', async (t) => {
    t.after(() => rmSync(held, { force: true }))
    notes.length = 0
    const server = await startModels('together')
    await server.service.unload('sum')
    const ofNetwork = ownMemory().length
    await server.service.load('sum', new Map())
    const [first] = workerPids()
    const memoryOfNext = () => ownMemory().filter((name) => !name.startsWith(`eclip-${first}-`))
    writeFileSync(held, '')
    process.kill(first, 'SIGKILL')
    await until(() => memoryOfNext().length === ofNetwork)
    await server.service.unload('sum')
    rmSync(held)
    await until(() => notes.includes('worker-restored'))
    assert.equal(ownMemory().length, ofNetwork)
  })

  test('a server that is told to end while a worker is being restarted leaves none behind', async () => {
    const server = await startModels('together')
    const [first] = workerPids()
    process.kill(first, 'SIGKILL')
    await until(() => workerPids().some((pid) => pid !== first))
    await server.stop(0)
    assert.deepEqual(workerPids(), [])
  })

  test('a process whose device has failed is replaced, although it still answers', async () => {
    notes.length = 0
    const server = await startModels('together')
    const ask = async () => {
      const inputs = [
        { name: 'INPUT__0', datatype: 'FP32', shape: [1, 2], data: [1, 2] },
        { name: 'INPUT__1', datatype: 'INT64', shape: [1, 2], data: [3, 4] },
      ]
      return (await infer(server, 'sum', inputs)).status
    }
    assert.equal(await ask(), 200)
    const [pid] = workerPids()
    writeFileSync(broken, '')
    const failed = ask()
    await until(() => notes.includes('worker-lost'))
    rmSync(broken)
    await until(() => notes.includes('worker-restored'))
    assert.ok([200, 503].includes(await failed))
    assert.equal(await ask(), 200)
    assert.ok(!workerPids().includes(pid))
  })

  test('of the processes under one share, only one checks what libraries compute there', async () => {
    await startModels('apart', {
      environment: ({ name }) => ({ SHARE: name === 'network' ? '30' : '70' }),
    })
    const commands = workerPids().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    const checking = commands.filter((command) => !command.includes('--results-checked'))
    assert.deepEqual([commands.length, checking.length], [4, 2])
  })

  test('an MPS daemon that is killed together with its clients is restarted once', () =>
    underControl(ONE_AT_A_TIME, async (here) => {
      notes.length = 0
      const daemon = startMps({}, 'own')
      const server = await startModels('forked', {
        environment: () => daemon.environment,
        repair: () => (daemon.revive() ? 'started again' : undefined),
      })
      const statuses = await askedWhile(server, async (answered) => {
        await answered(50)
        rmSync(join(here, 'running'))
        for (const pid of workerPids()) process.kill(pid, 'SIGKILL')
        await until(() => notes.filter((note) => note === 'worker-restored').length === 4)
        await answered(50)
      })
      checkBooks(server, statuses)
      assert.equal(notes.filter((note) => note === 'repaired').length, 1)
      await server.stop(0)
      daemon.stop()
    }))
})

/**
 * Asks from eight clients for as long as something else goes on.
 * @param meanwhile is told how to wait until this many more answers have come
 * @returns the status of each answer
 */
async function askedWhile(
  server: RunningServer,
  meanwhile: (answered: (more: number) => Promise<void>) => Promise<void>,
): Promise<number[]> {
  const values = Array(192).fill(0.5)
  const statuses: number[] = []
  let isOver = false
  const client = async () => {
    while (!isOver) {
      const response = await infer(server, 'network', [image(values)])
      await response.arrayBuffer()
      statuses.push(response.status)
    }
  }
  const clients = Promise.all(Array.from({ length: 8 }, client))
  try {
    await meanwhile((more) => {
      const enough = statuses.length + more
      return until(() => statuses.length >= enough)
    })
  } finally {
    isOver = true
    await clients
  }
  return statuses
}

/** Every request has been counted once, in the way that its client saw. */
function checkBooks(server: RunningServer, statuses: readonly number[]): void {
  const account = server.service.accounting.byModel.get('network')!
  assert.equal(account.received, statuses.length)
  assert.equal(account.open, 0)
  assert.equal(account.answered, statuses.filter((status) => status === 200).length)
}

/** The worker processes of this process, spawned or forked. */
function workerPids(): number[] {
  const forked = serverPids().flatMap((server) => childrenOf(server, 'eclip_torch'))
  return [...childrenOf(process.pid, 'eclip_torch.worker'), ...forked]
}

function serverPids(): number[] {
  return childrenOf(process.pid, 'eclip_torch.fork_server')
}

/** The processes that another one has started, by a part of their command. */
function childrenOf(parent: number, command: string): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', `${parent}`, '-f', command], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}
