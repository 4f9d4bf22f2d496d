import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readFile } from '../io/read.js'
import { profileSchema } from '../profile/profile.js'
import { compileFakeDriver, withCompiler } from '../run/fake-cuda.test.fixture.js'
import { fakeMps } from '../run/fake-mps.test.fixture.js'
import { fakePython } from '../torch/fake-python.test.fixture.js'
import { modelRequest } from '../torch/model-request.js'
import { withoutTorch } from '../torch/needs-torch.test.fixture.js'
import { TorchWorker } from '../torch/torch-worker.js'
import { runEclip } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-profile-'))
const models = join(folder, 'models')
after(() => rmSync(folder, { recursive: true }))

/** One model uses its inputs to pick numbers from a table; `mean` takes an image. */
const MODELS = `
import os, torch
class Pick(torch.nn.Module):
    def forward(self, table, index): return torch.gather(table, 1, index)
class Mean(torch.nn.Module):
    def forward(self, x): return x.mean()
def pick(): return Pick()
def mean(): return Mean()
def forked():
    with open(f'/proc/{os.getppid()}/cmdline') as parent: made_by = parent.read()
    if 'eclip_torch.fork_server' not in made_by: raise ValueError(made_by)
    return Mean()
def broken(): raise ValueError('no weights')
`
mkdirSync(models)
writeFileSync(join(models, 'own_models.py'), MODELS)

function eclip(...options: string[]) {
  const env = { ...process.env, PYTHONPATH: models, ECLIP_LIBRARY: join(folder, 'library') }
  return runEclip(options, { cwd: folder, env })
}

describe('eclip profile on a CPU', { skip: withoutTorch }, () => {
  test('one call profiles several models and batches; each profile says how to load its model again', async () => {
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

  test('several models are profiled in one call, in processes forked by one that has imported PyTorch', () => {
    const call = ['profile', 'own_models:forked', 'torchvision:squeezenet1_1', '--batch', '1']
    const { status, stdout, stderr } = eclip(...call, '--device', 'cpu', '--json')
    assert.equal(status, 0, stderr)
    const profiles = JSON.parse(stdout) as { model: string }[]
    assert.deepEqual(
      profiles.map(({ model }) => model),
      ['forked', 'squeezenet1_1'],
    )
  })

  test('an unknown model is bad input, but one that fails is not', () => {
    for (const [model, code, line] of [
      [
        'torchvision:nope',
        2,
        'models: expected models that exist, found torchvision:nope: no such model',
      ],
      [
        'own_models:nope',
        2,
        'models: expected models that exist, found own_models:nope: own_models has no nope',
      ],
      [
        'absent.pt2',
        2,
        `models: expected models that exist, found ${folder}/absent.pt2: no such file`,
      ],
      ['own_models:broken', 1, 'own_models:broken: no weights'],
    ] as const) {
      const { status, stderr } = eclip('profile', model, '--batch', '1', '--device', 'cpu')
      assert.equal(stderr, `eclip: ${line}\n`)
      assert.equal(status, code)
    }
  })

  test('a module in the current folder does not replace a library of the same name', () => {
    writeFileSync(join(folder, 'torch.py'), "open('sprung', 'w')\nraise SystemExit(1)\n")
    writeFileSync(join(folder, 'trap.py'), "open('sprung', 'w')\n")
    const built = eclip('profile', 'torchvision:squeezenet1_1', '--batch', '1', '--device', 'cpu')
    assert.equal(built.status, 0, built.stderr)
    const own = eclip('profile', 'trap:make', '--batch', '1', '--device', 'cpu')
    assert.equal(own.status, 2)
    assert.match(
      own.stderr,
      /^eclip: models: .* trap:make: No module named 'trap' \(PYTHONPATH=\. lets/m,
    )
    eclip('doctor')
    assert.equal(existsSync(join(folder, 'sprung')), false)
  })
})

/** A machine with a GPU that has a hundred compute units, and with MPS. Neither of them is real. */
describe('eclip profile on a GPU', withCompiler, () => {
  const mps = fakeMps()
  const python = fakePython(folder)
  if (!withCompiler.skip) compileFakeDriver(mps.folder)
  const broken = join(mps.folder, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'libcuda.so.1'), '')
  after(() => mps.remove())

  function profiled(options: readonly string[], other: NodeJS.ProcessEnv = {}) {
    const library = mkdtempSync(join(folder, 'library-'))
    const env = {
      ...mps.env,
      LD_LIBRARY_PATH: mps.folder,
      ECLIP_FAKE_DEVICE: '{"name":"Fake GPU","cus":100}',
      ...{ ECLIP_PYTHON: python, ECLIP_LIBRARY: library, ...other },
    }
    const { status, stderr } = runEclip(['profile', ...options], { env })
    assert.equal(status, 0, stderr)
    const read = (name: string) =>
      readFile(join(library, 'profiles', 'fake-gpu', `${name}.json.gz`), profileSchema)
    return { read, stderr }
  }

  test('requests are measured under every share that sizing tries, by a daemon that ends again', () => {
    const { read, stderr } = profiled(['torchvision:vgg', '--batch', '4,8', '--name', 'mine'])
    // A model of three kernels answers 30 requests a second, and that part of it under a share.
    const us = (percent: number) => Number((1e6 / (30 * (percent / 100))).toFixed(1))
    const percents = [20, 25, 30, 35, 40, 50, 60, 80, 100]
    const expected = Object.fromEntries(percents.map((percent) => [percent, us(percent)]))
    for (const name of ['mine-4', 'mine-8']) {
      assert.deepEqual(read(name).toldLatencyUs, expected)
      // The worker that stands in for PyTorch answers at once if it is asked at once.
      assert.equal(read(name).dispatchUs, 0)
    }
    assert.doesNotMatch(stderr, /under MPS/)
    assert.equal(mps.told(), 'start quit')
  })

  test('a model that fails under MPS is reported, and the others are measured', () => {
    const { read, stderr } = profiled(['torchvision:vgg', 'torchvision:deadly'])
    assert.match(stderr, /^note: deadly was not measured under MPS: [^\n]*SIGKILL$/m)
    assert.equal(read('deadly-8').toldLatencyUs, undefined)
    assert.equal(Object.keys(read('vgg-8').toldLatencyUs!).length, 9)
    assert.match(mps.told(), /start quit$/)
  })

  for (const [name, other, reason] of [
    ['MPS', { PATH: '' }, 'no MPS: nvidia-cuda-mps-control, [^\n]*'],
    ['a driver', { LD_LIBRARY_PATH: broken }, 'no NVIDIA driver: [^\n]*'],
  ] as const) {
    test(`without ${name} the profile does not have it, and one line says why`, () => {
      const { read, stderr } = profiled(['torchvision:vgg'], other)
      assert.match(stderr, new RegExp(`^note: nothing was measured under MPS: ${reason}$`, 'm'))
      assert.equal(read('vgg-8').toldLatencyUs, undefined)
    })
  }

  test('with --no-mps nothing is reported either', () => {
    const before = mps.told()
    const { read, stderr } = profiled(['torchvision:vgg', '--no-mps'])
    assert.equal(read('vgg-8').toldLatencyUs, undefined)
    assert.doesNotMatch(stderr, /under MPS/)
    assert.equal(mps.told(), before)
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
  test(`nonsense is bad input: ${name}`, () => {
    const { status, stderr } = eclip('profile', ...options)
    assert.equal(status, 2, stderr)
    assert.match(stderr, line)
  })
}
