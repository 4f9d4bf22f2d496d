import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { planOf } from '../echo.test.fixture.js'
import { TorchDevice } from './torch-device.js'

const FAKE = fileURLToPath(new URL('../../torch/fake-worker.test.fixture.js', import.meta.url))

async function startDevice(
  processes: 'together' | 'apart',
  behaviour: string,
): Promise<TorchDevice> {
  const device = new TorchDevice({
    process: { command: [process.execPath, FAKE, behaviour] },
    processes,
    request: ({ model }) => ({ model }),
    levels: 1,
  })
  // Its processes would keep a failed test from ending.
  after(() => device.stop())
  await device.start({ lost: () => {}, restored: () => {}, noted: () => {} })
  return device
}

for (const processes of ['together', 'apart'] as const) {
  test(`instances ${processes} are gone once they are unloaded, even if processes die of it`, async () => {
    const device = await startDevice(processes, 'die')
    const [model] = planOf(['m'], { batches: [1] }).models
    await device.load(model, [0, 1])
    await device.unload([0, 1])
    assert.equal(left(), '')
  })
}

test('a model that fails to load leaves the process to another one that is being loaded in it', async () => {
  const device = await startDevice('together', 'echo')
  const { models } = planOf(['late', 'broken'], { batches: [1] })
  const late = device.load(models[0], [0])
  await assert.rejects(device.load(models[1], [1]), /no such weights/)
  assert.equal((await late).name, 'late')
  await device.stop()
  await assert.rejects(device.load(models[1], [1]), /no such weights/)
  assert.equal(left(), '')
})

/** The ids of the processes that run models. */
function left(): string {
  return spawnSync('pgrep', ['-P', `${process.pid}`, '-f', FAKE], { encoding: 'utf8' }).stdout
}
