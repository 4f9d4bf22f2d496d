import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { loadProfile } from '../io/library.js'
import { writeJson } from '../io/write.js'
import { fakePythonOfForks } from '../torch/fake-python.test.fixture.js'
import { runEclip } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-calibrate-'))
after(() => rmSync(folder, { recursive: true }))

const python = fakePythonOfForks(folder)

/** The fake worker gives a model as many kernels as its name says. */
function ownProfile(model: string, like: string, kernels?: number): void {
  const profile = loadProfile('h200', like, 1)
  const specification = `torchvision:${kernels ?? profile.kernels.length}`
  const inputs = [{ name: 'x', dtype: 'float16', shape: [3, 224, 224] }]
  const recipe = { specification, inputs, channelsLast: true, seed: 0 }
  const file = join(folder, 'library', 'profiles', 'h200', `${model}-1.json.gz`)
  writeJson(file, { ...profile, model, recipe })
}
ownProfile('one', 'alexnet')
ownProfile('two', 'vgg19')

const device = { name: 'NVIDIA H200', cus: 132, priorityLevels: 6 }
const granules = h200.granules.map(({ cus }) => cus)

function calibrate(...options: string[]) {
  const env = {
    ...process.env,
    ECLIP_LIBRARY: join(folder, 'library'),
    ECLIP_PYTHON: python,
    ECLIP_FAKE_DEVICE: JSON.stringify({ ...device, granules }),
  }
  const words = ['calibrate', '--device', 'h200', '--trials', '2', ...options]
  return runEclip(words, { cwd: folder, env })
}

describe('eclip calibrate --measure', () => {
  test('--check says what would be measured, and writes nothing', () => {
    const { status, stdout, stderr } = calibrate('--measure', '--check', '--json')
    assert.equal(status, 0, stderr)
    const { mixes, seconds } = JSON.parse(stdout)
    assert.deepEqual(
      mixes.map(({ mix, plans }: { mix: string; plans: string[] }) => [mix, plans.length]),
      [['one/1+two/1', 4]],
    )
    assert.equal(seconds, mixes[0].seconds)
    assert.ok(mixes[0].information > 0)
    assert.equal(existsSync(join(folder, 'h200-points.json')), false)
  })

  test('measures the mixes, keeps their points and fits the device to them', () => {
    const { status, stdout, stderr } = calibrate('--measure', '-o', 'fitted.json', '--json')
    assert.equal(status, 0, stderr)
    const { points, format } = JSON.parse(readFileSync(join(folder, 'h200-points.json'), 'utf8'))
    assert.equal(format, 'eclip.points/2')
    assert.deepEqual(
      points.map(({ name }: { name: string }) => name),
      ['windows-of-8', 'windows-of-11', 'windows-of-13', 'windows-of-16'],
    )
    const fitted = JSON.parse(readFileSync(join(folder, 'fitted.json'), 'utf8'))
    assert.equal(fitted.name, 'h200')
    const { lossBefore, parameters } = JSON.parse(stdout)
    // The rates of the fake worker cannot be simulated, so every error is the largest that counts.
    assert.equal(lossBefore.toFixed(3), '0.750')
    assert.equal(parameters.length, 7)
  })

  test('a mix that cannot be measured is reported, and the others go on', () => {
    ownProfile('three', 'shufflenet', 7)
    const { status, stderr } = calibrate('--measure', '--points', 'some.json')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /^note: one\/1\+three\/1: three at batch 1 has 7 kernels here and/m)
    const { points } = JSON.parse(readFileSync(join(folder, 'some.json'), 'utf8'))
    assert.equal(points.length, 4)
    const { status: failed, stderr: reason } = calibrate('--measure', '--models', 'one/1,three/1')
    assert.equal(failed, 1)
    assert.match(reason, /^eclip: no mix could be measured: three at batch 1 has 7 kernels/m)
  })

  for (const [name, options, expected] of [
    [
      'one model',
      ['--models', 'one/1'],
      /^eclip: --models: expected at least two models to mix, .*, found one\/1$/m,
    ],
    ['too little time', ['--minutes', '0.1'], /^eclip: --minutes: expected at least 1, .*0\.1$/m],
    ['a folder for a file', ['-o', 'library'], /^eclip: .*library/m],
    ['a file that is not there', ['missing.json'], /missing\.json/],
    ['a model without a profile', ['--models', 'one/1,four/1'], /found "four"/],
  ] as const) {
    test(`${name} is one clear line`, () => {
      const { status, stderr } = calibrate('--measure', ...options)
      assert.equal(status, 2)
      assert.match(stderr, expected)
      assert.doesNotMatch(stderr, /^points:/m)
    })
  }

  test('neither points nor --measure', () => {
    const { status, stderr } = calibrate()
    assert.equal(status, 2)
    assert.match(stderr, /expected a file of measured points, or --measure, found neither$/m)
  })
})
