import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { WorkError } from '../errors.js'
import { ForkServer } from './fork-server.js'
import { withoutTorch } from './needs-torch.test.fixture.js'
import { SlotMemory } from './slot-memory.js'
import { TorchWorker } from './torch-worker.js'

/** y = 3x + 1 on two values; `broken` cannot be built, `slow` takes a minute. */
const MODELS = `
import time, torch
class Affine(torch.nn.Module):
    def forward(self, x): return 3 * x + 1
class Slow(torch.nn.Module):
    first = True
    def forward(self, x):
        if not Slow.first: time.sleep(60)
        Slow.first = False
        return x
def affine(): return Affine(), (torch.zeros(2, 2),)
def slow(): return Slow(), (torch.zeros(2, 2),)
def broken(): raise ValueError("no such weights")
`

const folder = mkdtempSync(join(tmpdir(), 'eclip-models-'))
writeFileSync(join(folder, 'test_models.py'), MODELS)
after(() => rmSync(folder, { recursive: true }))
process.env.PYTHONPATH = folder

const SETTINGS = { device: 'cpu', trust: 'code' } as const

const forkServer = new ForkServer([])
after(() => forkServer.close())

for (const [how, options] of [
  ['spawned', SETTINGS],
  ['forked', { ...SETTINGS, forkServer }],
] as const)
  describe(`the Python worker on a CPU, ${how}`, { skip: withoutTorch }, () => {
    test('computes what the model defines, under a plan that it checks', async () => {
      const worker = await TorchWorker.start(options)
      assert.equal(worker.hello.files, true)
      const request = { model: 'test_models:affine', batches: [2], dtype: 'float32' }
      const { batches } = await worker.load({ worker: 'w', ...request })
      const [{ slots }] = batches
      const memory = new SlotMemory(slots[0])
      memory.input(0, 16).set(bytesOf([1, 2, 3, 4]))
      const { computeMs } = await worker.infer({ worker: 'w', batch: 2, slot: 0 })
      assert.ok(computeMs > 0)
      assert.deepEqual(floatsOf(memory.readOutput(0)), [4, 7, 10, 13])
      memory.close()
      await worker.plan({ w: { 2: null } })
      await assert.rejects(worker.plan({ other: { 2: null } }), { code: 'unknown-worker' })
      await worker.close()
    })

    test('drives workers together and counts their requests', async () => {
      const worker = await TorchWorker.start(options)
      for (const name of ['a', 'b'])
        await worker.load({ worker: name, model: 'test_models:affine', batches: [2] })
      const load = { kind: 'closed' } as const
      const ran = await worker.run({
        seconds: 0.2,
        warmSeconds: 0,
        workers: ['a', 'b'].map((name) => ({ worker: name, batch: 2, load })),
      })
      assert.deepEqual(
        ran.workers.map(({ worker: name }) => name),
        ['a', 'b'],
      )
      assert.ok(ran.workers.every(({ requests }) => requests > 0))
      await worker.close()
    })

    test('says in one line why a model cannot be loaded, and goes on serving', async () => {
      const worker = await TorchWorker.start(options)
      const broken = worker.load({ worker: 'w', model: 'test_models:broken', batches: [2] })
      await assert.rejects(broken, (error: WorkError & { code: string }) => {
        assert.equal(error.code, 'model-load')
        assert.match(error.message, /no such weights/)
        assert.ok(!error.message.includes('\n'))
        return true
      })
      await worker.load({ worker: 'w', model: 'test_models:affine', batches: [2] })
      await worker.close()
    })

    test('leaves one line and no shared memory when it is killed in the middle of a request', async () => {
      const worker = await TorchWorker.start(options)
      const loaded = await worker.load({ worker: 'w', model: 'test_models:slow', batches: [2] })
      const shared = join('/dev/shm', loaded.batches[0].slots[0].shm)
      assert.ok(existsSync(shared))
      const asked = worker.infer({ worker: 'w', batch: 2, slot: 0 })
      process.kill(worker.hello.pid, 'SIGKILL')
      await assert.rejects(asked, WorkError)
      assert.match(await worker.ended, /^the PyTorch worker was killed by SIGKILL/)
      assert.equal(existsSync(shared), false)
    })
  })

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

function floatsOf(bytes: Uint8Array): number[] {
  return [...new Float32Array(bytes.buffer)]
}
