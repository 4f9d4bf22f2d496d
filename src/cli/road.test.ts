import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { BINDINGS } from '../binding/devices.js'
import { openForTest } from '../binding/open-for-test.test.fixture.js'
import { fakePython } from '../torch/fake-python.test.fixture.js'
import { pythonProgram } from '../torch/python.js'
import { runEclip } from './eclip.test.fixture.js'

/**
 * The whole path of a user with models of his own, by commands alone: characterize, profile, plan, bench, validate,
 * calibrate, and plan again on the calibrated device. PoCL stands in for the device. Its models run in a fake
 * worker, or in PyTorch on this CPU.
 */
const CUS = 4

const opencl = openForTest(BINDINGS.find(({ name }) => name === 'opencl')!)
if ('device' in opencl) opencl.device.close()
const noDevice = 'missing' in opencl && opencl.missing
const probe = spawnSync(pythonProgram(), ['-c', 'import torch, torchvision'])
const noTorch = probe.status !== 0 && `no torchvision for ${pythonProgram()}`

const root = mkdtempSync(join(tmpdir(), 'eclip-road-'))
after(() => rmSync(root, { recursive: true }))

interface Road {
  /** Runs a command in the folder of this test, where `./eclip` is the library. */
  readonly eclip: (...words: string[]) => { readonly stdout: string; readonly stderr: string }
  /** The line with which a command refuses its input. */
  readonly refusal: (...words: string[]) => string
  readonly folder: string
}

function roadOf(name: string, environment: NodeJS.ProcessEnv): Road {
  const folder = mkdtempSync(join(root, name))
  const env: NodeJS.ProcessEnv = { ...process.env, ...environment }
  env.POCL_MAX_PTHREAD_COUNT = `${CUS}`
  delete env.ECLIP_LIBRARY
  const call = (expected: number, words: readonly string[]) => {
    const { status, stdout, stderr } = runEclip(words, { cwd: folder, env, timeout: 300_000 })
    assert.equal(status, expected, `eclip ${words.join(' ')}: ${stderr}`)
    return { stdout, stderr }
  }
  const eclip = (...words: string[]) => call(0, words)
  const refusal = (...words: string[]) => call(2, words).stderr
  return { eclip, refusal, folder }
}

/** Characterizes the device, and returns the name that its driver gives it. */
function characterize({ eclip, folder }: Road): string {
  const { stderr } = eclip('characterize', '--binding', 'opencl', '--name', 'my-device')
  assert.match(stderr, /^device: eclip\/devices\/my-device\.json$/m)
  const file = join(folder, 'eclip', 'devices', 'my-device.json')
  return JSON.parse(readFileSync(file, 'utf8')).driverName
}

/** Runs all later steps on a characterized device. */
function walk({ eclip, refusal, folder }: Road, model: string, kind: 'auto' | 'cpu'): void {
  const name = model.split(':')[1]
  const mix = `${name}/1+${name}/2`
  const quick = ['--seconds', '0.5', '--repeats', '1', '--rivals', 'none']

  eclip('profile', model, '--batch', '1,2', '--device', kind)
  assert.deepEqual(readdirSync(join(folder, 'eclip', 'profiles', 'my-device')).sort(), [
    `${name}-1.json.gz`,
    `${name}-2.json.gz`,
  ])

  const planned = eclip('plan', mix, '--search-plans', '12', '-o', 'mix.plan.json')
  assert.match(planned.stderr, /^device: my-device \(the only one in your library\)$/m)
  assert.match(eclip('explain', 'mix.plan.json').stdout, /^windows plan for my-device/m)
  eclip('simulate', mix, '--plan', 'mix.plan.json', '--seconds', '0.5')
  eclip('compare', mix, '--policy', 'baseline,equal', '--seconds', '0.5')

  eclip('bench', mix, '--policy', 'equal', '--plan', 'mix.plan.json', ...quick, '-o', 'points.json')
  const points = JSON.parse(readFileSync(join(folder, 'points.json'), 'utf8'))
  assert.deepEqual(
    points.points.map((point: { name: string }) => point.name),
    ['baseline', 'equal', 'windows'],
  )

  const validated = JSON.parse(eclip('validate', 'points.json', '--json').stdout)
  assert.equal(validated.device, 'my-device')
  assert.deepEqual(Object.keys(validated.mixes), [`${name}/1 + ${name}/2`])

  assert.match(
    refusal('plan', mix, '--device', 'h200'),
    new RegExp(
      `^eclip: .*: workers\\[0\\]\\.model: .* found "${name}", profiled on my-device only$`,
      'm',
    ),
  )
  assert.match(
    refusal('validate', 'points.json', '--device', 'h200'),
    /^eclip: --device: name: expected a device named my-device, .*, found h200$/m,
  )

  const file = join(folder, 'eclip', 'devices', 'my-device.json')
  const before = readFileSync(file, 'utf8')
  const calibrated = eclip('calibrate', 'points.json', '--trials', '6', '--save')
  assert.match(calibrated.stderr, /^device: eclip\/devices\/my-device\.json$/m)
  const { contention, costs, ...measured } = JSON.parse(readFileSync(file, 'utf8'))
  const { contention: _, costs: __, ...untouched } = JSON.parse(before)
  assert.deepEqual(measured, untouched)
  assert.ok(contention && costs)
  eclip('plan', mix, '--policy', 'equal')

  const { devices, profiles } = JSON.parse(eclip('library', '--json').stdout)
  const isOwn = ({ owner }: { owner: string }) => owner === 'own'
  assert.deepEqual([devices.filter(isOwn).length, profiles.filter(isOwn).length], [1, 2])
  assert.deepEqual(readdirSync(folder).sort(), ['eclip', 'mix.plan.json', 'points.json'])
}

describe('the path of a user with a model of his own', { skip: noDevice }, () => {
  test('on a fake GPU, which only knows a model by its whole specification', () => {
    const python = fakePython(root)
    const driverName = characterize(roadOf('probe', {}))
    const fake = { name: driverName, cus: CUS, granules: Array(CUS).fill(1), priorityLevels: 1 }
    const road = roadOf('fake', { ECLIP_PYTHON: python, ECLIP_FAKE_DEVICE: JSON.stringify(fake) })
    characterize(road)
    walk(road, 'torchvision:vit_b_32', 'auto')
  })

  test('on this CPU, in PyTorch', { skip: noTorch }, () => {
    const road = roadOf('cpu', {})
    characterize(road)
    walk(road, 'torchvision:squeezenet1_1', 'cpu')
  })
})
