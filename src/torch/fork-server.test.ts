import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { preloadNativeLibrary } from '../binding/native-library.js'
import { until } from '../until.test.fixture.js'
import { ForkServer, withForkServer } from './fork-server.js'
import { withoutTorch } from './needs-torch.test.fixture.js'
import { pythonProgram } from './python.js'
import { TorchWorker } from './torch-worker.js'

/** Its forward never ends. */
const MODELS = `
import time, torch
class Endless(torch.nn.Module):
    first = True
    def forward(self, x):
        while not Endless.first: time.sleep(1)
        Endless.first = False
        return x
def endless(): return Endless(), (torch.zeros(1, 2),)
`

/** Nothing but what a worker or its server leaves behind would lie here beside the models. */
const folder = mkdtempSync(join(tmpdir(), 'eclip-fork-server-'))
writeFileSync(join(folder, 'endless_models.py'), MODELS)
after(() => rmSync(folder, { recursive: true }))
process.env.PYTHONPATH = folder
const preloaded = preloadNativeLibrary()
process.env.TMPDIR = mkdtempSync(join(folder, 'sockets-'))

const ENDLESS = { worker: 'w', model: 'endless_models:endless', batches: [1] }
const SETTINGS = { device: 'cpu', trust: 'code' } as const

const memoryOf = (pid: number): string[] =>
  readdirSync('/dev/shm').filter((name) => name.startsWith(`eclip-${pid}-`))

function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}

/** Does something while another program stands in for Python. */
async function withPython(program: string, work: () => Promise<void>): Promise<void> {
  const before = process.env.ECLIP_PYTHON
  process.env.ECLIP_PYTHON = program
  try {
    await work()
  } finally {
    if (before === undefined) delete process.env.ECLIP_PYTHON
    else process.env.ECLIP_PYTHON = before
  }
}

/** A program in place of Python that runs lines of a shell. */
function script(name: string, lines: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${lines}\n`)
  chmodSync(file, 0o700)
  return file
}

/**
 * Another process with a worker that is busy.
 * @param prepared what it does before it tells the ids of the worker and of its server
 */
async function startClient(prepared: string) {
  const here = (module: string) => JSON.stringify(new URL(module, import.meta.url).href)
  const code = `
    import { readFileSync } from 'node:fs'
    const { TorchWorker } = await import(${here('./torch-worker.js')})
    const { ForkServer } = await import(${here('./fork-server.js')})
    const forkServer = new ForkServer([])
    const worker = await TorchWorker.start({ device: 'cpu', trust: 'code', forkServer })
    await worker.load(${JSON.stringify(ENDLESS)})
    worker.infer({ worker: 'w', batch: 1, slot: 0 }).catch(() => {})
    const { pid } = worker.hello
    const [, server] = /PPid:.(.*)/.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))
    ${prepared}
    console.log(pid, server)`
  const client = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => String((await lines.next()).value)
  const [worker, server] = (await nextLine()).split(' ').map(Number)
  return { client, worker, server, nextLine }
}

describe('a fork server of PyTorch workers', { skip: withoutTorch }, () => {
  test('a model that cannot be loaded and a worker that is killed are told as of other workers', async () => {
    await withForkServer(['no:such', 'torchvision:alexnet'], async (forkServer) => {
      const [first, second] = await Promise.all([
        TorchWorker.start({ ...SETTINGS, forkServer }),
        TorchWorker.start({ device: 'cpu', forkServer }),
      ])
      await assert.rejects(second.load(ENDLESS), { code: 'code-not-allowed' })
      process.kill(second.hello.pid, 'SIGKILL')
      assert.equal(await second.ended, 'the PyTorch worker was killed by SIGKILL')
      await first.load(ENDLESS)
      const hanging = first.infer({ worker: 'w', batch: 1, slot: 0 })
      const refused = assert.rejects(hanging, /^WorkError: the PyTorch worker ended with code 143$/)
      await first.end()
      await refused
      assert.deepEqual(memoryOf(first.hello.pid), [])
    })
    assert.deepEqual(readdirSync(process.env.TMPDIR!), [])
  })

  test('workers of a server that is killed are gone, and the next one starts another server', async () => {
    await withForkServer([], async (forkServer) => {
      const workers = await Promise.all(
        Array.from({ length: 3 }, () => TorchWorker.start({ ...SETTINGS, forkServer })),
      )
      const servers = new Set(workers.map(({ hello }) => parentOf(hello.pid)))
      assert.equal(servers.size, 1)
      await workers[0].load(ENDLESS)
      const asked = workers[0].infer({ worker: 'w', batch: 1, slot: 0 })
      const [server] = servers
      process.kill(server, 'SIGKILL')
      const line = 'the fork server of PyTorch workers was killed by SIGKILL'
      await assert.rejects(asked, { name: 'WorkError', message: line })
      for (const { ended, hello } of workers) {
        assert.equal(await ended, line)
        await until(() => !isRunning(hello.pid))
        assert.deepEqual(memoryOf(hello.pid), [])
      }
      const next = await TorchWorker.start({ ...SETTINGS, forkServer })
      assert.notEqual(parentOf(next.hello.pid), server)
      await next.close()
    })
  })

  test('a worker has the library preloaded that its environment names, and others do not', async () => {
    await withForkServer([], async (forkServer) => {
      const environments = [{}, preloaded, preloaded]
      const workers = await Promise.all(
        environments.map((environment) =>
          TorchWorker.start({ device: 'cpu', environment, forkServer }),
        ),
      )
      const mapped = workers.map(({ hello }) => readFileSync(`/proc/${hello.pid}/maps`, 'utf8'))
      assert.deepEqual(
        mapped.map((maps) => maps.includes('libeclip')),
        [false, true, true],
      )
      const servers = new Set(workers.map(({ hello }) => parentOf(hello.pid)))
      assert.equal(servers.size, 2)
      await Promise.all(workers.map((worker) => worker.close()))
    })
  })

  test('without PyTorch, a worker ends with the same line as one that is spawned', async () => {
    const line =
      /^WorkError: the PyTorch worker ended with code 1: eclip_torch: ModuleNotFoundError: No module named 'torch'$/
    const isolated = script('no-torch', `exec ${pythonProgram()} -S "$@"`)
    await withPython(isolated, async () => {
      await assert.rejects(TorchWorker.start({ device: 'cpu' }), line)
      await withForkServer(['resnet152'], (forkServer) =>
        assert.rejects(TorchWorker.start({ device: 'cpu', forkServer }), line),
      )
    })
  })

  test('Ctrl-C leaves it to the client when its workers end', async () => {
    const { client, nextLine } = await startClient(`
      worker.ended.then(() => console.log('ended'))
      process.on('SIGINT', () => setTimeout(console.log, 1000, 'served on'))`)
    process.kill(-client.pid!, 'SIGINT')
    assert.equal(await nextLine(), 'served on')
    client.kill()
  })

  for (const [how, prepared, signal] of [
    ['exits', `process.on('SIGINT', () => process.exit())`, 'SIGINT'],
    ['is killed', '', 'SIGKILL'],
    ['is terminated', '', 'SIGTERM'],
  ] as const)
    test(`a client that ${how} takes its fork server and workers with it`, async () => {
      const { client, worker, server } = await startClient(prepared)
      const closed = once(client, 'close')
      client.kill(signal)
      await closed
      await until(() => !isRunning(worker) && memoryOf(worker).length === 0)
      await until(() => !isRunning(server))
    })
})

test('a Python that does not exist is one clear line', () =>
  withPython('/nowhere/python3', () =>
    withForkServer([], (forkServer) =>
      assert.rejects(
        TorchWorker.start({ forkServer }),
        /^WorkError: cannot start the fork server of PyTorch workers: spawn .*ENOENT$/,
      ),
    ),
  ))

test('a fork server that is closed starts no worker, and no other server', async () => {
  await withPython(script('asleep', 'exec sleep 60'), async () => {
    const forkServer = new ForkServer([])
    const first = forkServer.start([], {})
    const closed = forkServer.close()
    const line = /^WorkError: cannot start the PyTorch worker: its fork server is closed$/
    await assert.rejects(TorchWorker.start({ forkServer }), line)
    await Promise.all([closed, first.ended])
    await assert.rejects(TorchWorker.start({ forkServer }), line)
  })
  assert.deepEqual(readdirSync(process.env.TMPDIR!), [])
})

for (const outcome of ['done', 'failed'] as const)
  test(`work with a fork server that is ${outcome} leaves neither the server nor its workers`, async () => {
    const log = join(folder, `${outcome}-pid`)
    // It takes a moment to end.
    const lines = `trap exit TERM; echo $$ > ${log}.new; mv ${log}.new ${log}; while :; do sleep 0.1; done`
    await withPython(script(outcome, lines), async () => {
      let told = ''
      const work = withForkServer([], async (forkServer) => {
        void forkServer.start([], {}).ended.then((line) => {
          told = line
        })
        await until(() => existsSync(log))
        if (outcome === 'failed') throw new Error('no')
      })
      if (outcome === 'failed') await assert.rejects(work, /^Error: no$/)
      else await work
      assert.match(told, /^the fork server of PyTorch workers ended with code /)
      assert.ok(!isRunning(Number(readFileSync(log, 'utf8'))))
    })
  })

test('after a server has ended, the next worker starts another one', async () => {
  const log = join(folder, 'pids')
  await withPython(script('short', `echo $$ >> ${log}`), () =>
    withForkServer([], async (forkServer) => {
      for (const servers of [1, 2]) {
        const line = await forkServer.start([], {}).ended
        assert.equal(line, 'the fork server of PyTorch workers ended with code 0')
        assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, servers)
      }
    }),
  )
})

test('a client that exits ends a server that does not know yet that it has a parent', async () => {
  const log = join(folder, 'pid')
  const server = script('starting', `echo $$ > ${log}.new; mv ${log}.new ${log}; exec sleep 60`)
  const module = JSON.stringify(new URL('./fork-server.js', import.meta.url).href)
  const code = `
    import { existsSync } from 'node:fs'
    const { ForkServer } = await import(${module})
    new ForkServer([]).start([], {})
    setInterval(() => existsSync(${JSON.stringify(log)}) && process.exit(), 10)`
  const env = { ...process.env, ECLIP_PYTHON: server }
  spawnSync(process.execPath, ['--input-type=module', '--eval', code], { env })
  await until(() => !isRunning(Number(readFileSync(log, 'utf8'))))
})

test('a server that does not end when it is told to is killed', async () => {
  const server = script(
    'deaf',
    `trap '' TERM; echo '{"id": 1, "error": "no"}' >&3; while :; do sleep 1; done`,
  )
  await withPython(server, () =>
    withForkServer([], (forkServer) =>
      assert.rejects(
        TorchWorker.start({ forkServer }),
        /^WorkError: cannot start the PyTorch worker: no$/,
      ),
    ),
  )
})

test('a server that talks nonsense is killed', async () => {
  const server = script('nonsense', `echo Hello >&3; exec sleep 60`)
  await withPython(server, async () => {
    await withForkServer([], (forkServer) =>
      assert.rejects(TorchWorker.start({ forkServer }), /^WorkError: .* was killed by SIGKILL$/),
    )
  })
  assert.deepEqual(readdirSync(process.env.TMPDIR!), [])
})
