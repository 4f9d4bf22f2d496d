import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readFile } from '../io/read.js'
import { profileSchema } from '../profile/profile.js'
import { modelRequest } from '../torch/model-request.js'
import { pythonProgram } from '../torch/python.js'
import { TorchWorker } from '../torch/torch-worker.js'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eclip-profile-'))
const models = join(folder, 'models')
after(() => rmSync(folder, { recursive: true }))

/** Picks numbers of a table by another input; `mean` takes an image. */
const MODELS = `
import torch
class Pick(torch.nn.Module):
    def forward(self, table, index): return torch.gather(table, 1, index)
class Mean(torch.nn.Module):
    def forward(self, x): return x.mean()
def pick(): return Pick()
def mean(): return Mean()
`
mkdirSync(models)
writeFileSync(join(models, 'own_models.py'), MODELS)

const probe = spawnSync(pythonProgram(), ['-c', 'import torch'], { encoding: 'utf8' })
const missing = probe.status !== 0 && `no PyTorch for ${pythonProgram()}`

function eclip(...options: string[]) {
  const env = { ...process.env, PYTHONPATH: models, ECLIP_LIBRARY: join(folder, 'library') }
  return spawnSync(process.execPath, [MAIN, ...options], { cwd: folder, env, encoding: 'utf8' })
}

describe('eclip profile on a CPU', { skip: missing }, () => {
  test('models and batches of one call; each profile says how to load its model again', async () => {
    const inputs = ['--input', 'index:int64[2]<4', '--input', 'table:float32[4]']
    const call = ['profile', 'own_models:pick', '--batch', '2,3', '--device', 'cpu']
    const { status, stdout, stderr } = eclip(...call, ...inputs, '--name', 'picker', '--json')
    assert.equal(status, 0, stderr)
    assert.equal(JSON.parse(stdout).length, 2)
    const [device] = readdirSync(join(folder, 'library', 'profiles'))
    const file = join(folder, 'library', 'profiles', device, 'picker-3.json.gz')
    const profile = readFile(file, profileSchema)
    assert.equal(profile.model, 'picker')
    assert.deepEqual(profile.recipe, {
      specification: 'own_models:pick',
      inputs: [
        { name: 'index', dtype: 'int64', shape: [2], below: 4 },
        { name: 'table', dtype: 'float32', shape: [4] },
      ],
      channelsLast: false,
      seed: 0,
    })
    const before = process.env.PYTHONPATH
    process.env.PYTHONPATH = models
    const worker = await TorchWorker.start({ device: 'cpu', trust: 'code' })
    process.env.PYTHONPATH = before ?? ''
    try {
      const request = { worker: 'again', batches: [3], ...modelRequest(profile) }
      const [{ slots }] = (await worker.load(request)).batches
      assert.deepEqual(
        slots[0].inputs.map(({ dtype, shape }) => [dtype, shape]),
        [
          ['int64', [3, 2]],
          ['float32', [3, 4]],
        ],
      )
    } finally {
      await worker.close()
    }
  })

  test('several models are profiled in one call', () => {
    const call = ['profile', 'own_models:mean', 'torchvision:squeezenet1_1', '--batch', '1']
    const { status, stdout, stderr } = eclip(...call, '--device', 'cpu', '--json')
    assert.equal(status, 0, stderr)
    const profiles = JSON.parse(stdout) as { model: string }[]
    assert.deepEqual(
      profiles.map(({ model }) => model),
      ['mean', 'squeezenet1_1'],
    )
  })

  test('a module in the current folder is not what a library is', () => {
    writeFileSync(join(folder, 'torch.py'), "open('sprung', 'w')\nraise SystemExit(1)\n")
    writeFileSync(join(folder, 'trap.py'), "open('sprung', 'w')\n")
    const built = eclip('profile', 'torchvision:squeezenet1_1', '--batch', '1', '--device', 'cpu')
    assert.equal(built.status, 0, built.stderr)
    const own = eclip('profile', 'trap:make', '--batch', '1', '--device', 'cpu')
    assert.equal(own.status, 1)
    assert.match(own.stderr, /^eclip: trap:make: No module named 'trap'$/m)
    eclip('doctor')
    assert.equal(existsSync(join(folder, 'sprung')), false)
  })
})

for (const [name, options, line] of [
  ['no shape', ['m', '--input', 'x:float32'], /expected NAME:DTYPE\[SHAPE\].*"x:float32"/],
  ['no tokens', ['m', '--tokens', '0'], /at least 1/],
  [
    'two models, one name',
    ['m', 'n', '--name', 'k'],
    /^eclip: --name: expected a single model.*found 2/m,
  ],
] as const) {
  test(`what makes no sense is bad input: ${name}`, () => {
    const { status, stderr } = eclip('profile', ...options)
    assert.equal(status, 2, stderr)
    assert.match(stderr, line)
  })
}
