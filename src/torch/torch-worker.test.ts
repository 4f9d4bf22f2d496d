import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WorkError } from '../errors.js'
import { SlotMemory } from './slot-memory.js'
import { TorchWorker, WorkerRefusal } from './torch-worker.js'

const FAKE = fileURLToPath(new URL('./fake-worker.test.fixture.js', import.meta.url))

/** Only sockets lie here. */
const folder = mkdtempSync(join(tmpdir(), 'eclip-test-'))
process.env.TMPDIR = folder
after(() => rmSync(folder, { recursive: true }))

function start(behaviour: string, readyTimeoutMs = 10_000): Promise<TorchWorker> {
  const command = [process.execPath, FAKE, behaviour]
  return TorchWorker.start({ command, readyTimeoutMs, endTimeoutMs: 300 })
}

function infer(worker: TorchWorker) {
  return worker.infer({ worker: 'w', batch: 1, slot: 0 })
}

test('commands are answered, and nothing is left after closing', async () => {
  const worker = await start('echo')
  const { pid } = worker.hello
  assert.equal(worker.hello.device.kind, 'cpu')
  assert.deepEqual(await infer(worker), {
    queueMs: 0,
    inputMs: 0,
    computeMs: 1,
    outputMs: 0,
    missed: [],
  })
  await worker.close()
  assert.throws(() => process.kill(pid, 0))
  await assert.rejects(infer(worker), WorkError)
})

test('answers find their requests in any order', async () => {
  const worker = await start('backwards')
  const answers = await Promise.all([infer(worker), infer(worker), infer(worker)])
  const ids = answers.map(({ computeMs }) => computeMs)
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    ids,
  )
  await worker.close()
})

test('a refusal carries its code and line, and the connection stays', async () => {
  const worker = await start('refuse')
  const expected = { code: 'unknown-worker', message: 'no worker "x"' }
  await assert.rejects(infer(worker), expected)
  await assert.rejects(infer(worker), WorkerRefusal)
  await worker.close()
})

test('slots carry tensors', async () => {
  const worker = await start('echo')
  const { batches } = await worker.load({ worker: 'w', model: 'm', batches: [1] })
  const memory = new SlotMemory(batches[0].slots[0])
  memory.input(0, 4).set([1, 2, 3, 4])
  assert.throws(() => memory.input(0, 5), WorkError)
  assert.deepEqual(memory.readOutput(0), new Uint8Array(4))
  memory.close()
  await worker.close()
})

for (const [behaviour, line] of [
  ['die', /ended with code 1: CUDA error: an illegal memory access$/],
  ['killed', /was killed by SIGKILL$/],
  ['half-frame', /ended with code 1$/],
  ['huge-frame', /sent a frame of 16777217 bytes$/],
  ['not-json', /something other than a JSON object$/],
  ['odd-answer', /answered infer oddly: queueMs: /],
  ['odd-id', /sent something that is no answer$/],
  ['neither-yes-nor-no', /sent something that is no answer$/],
  ['odd-error', /sent something that is no answer$/],
  ['deaf', /was killed by SIGTERM$/],
] as const) {
  test(`a worker that does this gives one clear line and leaves nothing: ${behaviour}`, async () => {
    const worker = await start(behaviour)
    const { batches } = await worker.load({ worker: 'w', model: 'm', batches: [1] })
    const { shm } = batches[0].slots[0]
    assert.ok(existsSync(join('/dev/shm', shm)))
    const asked = [infer(worker), infer(worker)]
    for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
      assert.equal(status, 'rejected')
      assert.ok(reason instanceof WorkError)
      assert.match(reason.message, line)
      assert.ok(!reason.message.includes('\n'))
    }
    await worker.close()
    await worker.ended
    assert.equal(existsSync(join('/dev/shm', shm)), false)
    assert.throws(() => process.kill(worker.hello.pid, 0))
    assert.deepEqual(readdirSync(folder), [])
  })
}

for (const [behaviour, line] of [
  ['dead-on-arrival', /ended with code 1: ModuleNotFoundError: No module named 'torch'$/],
  ['chatty', /said "Hello!" instead of ready$/],
  ['old-protocol', /speaks protocol 0, not 3$/],
  ['does-not-listen', /^cannot connect to the PyTorch worker: connect ENOENT .*worker\.sock$/],
  ['never-ready', /was not ready after 0\.3 s$/],
] as const) {
  test(`a worker that does not start gives one clear line: ${behaviour}`, async () => {
    const patience = behaviour === 'never-ready' ? 300 : 10_000
    await assert.rejects(start(behaviour, patience), (error: Error) => {
      assert.ok(error instanceof WorkError)
      assert.match(error.message, line)
      return true
    })
    assert.deepEqual(readdirSync(folder), [])
  })
}

test('a program that does not exist gives one clear line', async () => {
  const command = ['/nowhere/python3']
  await assert.rejects(
    TorchWorker.start({ command }),
    /^WorkError: cannot start the PyTorch worker: /,
  )
})

test('Ctrl-C leaves it to the client when its worker ends', async () => {
  const module = new URL('./torch-worker.js', import.meta.url).href
  const script = `
    const { TorchWorker } = await import(${JSON.stringify(module)})
    const worker = await TorchWorker.start({ command: [process.execPath, ${JSON.stringify(FAKE)}, 'echo'] })
    worker.ended.then(() => console.log('ended'))
    process.on('SIGINT', () => setTimeout(console.log, 300, 'served on'))
    console.log('ready')`
  const client = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'ready')
  process.kill(-client.pid!, 'SIGINT')
  assert.equal((await lines.next()).value, 'served on')
  client.kill('SIGKILL')
})

test('a client that exits takes its worker and the shared memory with it', () => {
  const module = new URL('./torch-worker.js', import.meta.url).href
  const script = `
    const { TorchWorker } = await import(${JSON.stringify(module)})
    const worker = await TorchWorker.start({ command: [process.execPath, ${JSON.stringify(FAKE)}, 'deaf'] })
    await worker.load({ worker: 'w', model: 'm', batches: [1] })
    console.log(worker.hello.pid)
    process.exit(3)`
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  )
  assert.equal(status, 3)
  const pid = Number(stdout)
  assert.ok(pid > 0)
  assert.deepEqual(
    readdirSync('/dev/shm').filter((name) => name.startsWith(`eclip-${pid}-`)),
    [],
  )
  assert.deepEqual(readdirSync(folder), [])
})
