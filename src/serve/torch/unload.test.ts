import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { planOf } from '../echo.test.fixture.js'
import { TorchDevice } from './torch-device.js'

const FAKE = fileURLToPath(new URL('../../torch/fake-worker.test.fixture.js', import.meta.url))

for (const processes of ['together', 'apart'] as const) {
  test(`instances ${processes} are gone once they are unloaded, though processes die of it`, async () => {
    const device = new TorchDevice({
      process: { command: [process.execPath, FAKE, 'die'] },
      processes,
      request: ({ model }) => ({ model }),
      levels: 1,
    })
    await device.start({ lost: () => {}, restored: () => {}, noted: () => {} })
    const [model] = planOf(['m'], { batches: [1] }).models
    await device.load(model, [0, 1])
    await device.unload([0, 1])
    const left = spawnSync('pgrep', ['-P', `${process.pid}`, '-f', FAKE], { encoding: 'utf8' })
    assert.equal(left.stdout, '')
  })
}
