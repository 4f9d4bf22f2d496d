import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { DemandContest } from '../bench/demand/contest.js'
import { fakePython } from '../torch/fake-python.test.fixture.js'
import type { Points } from '../validate/points.js'
import { MAIN, runEclip } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-bench-'))
after(() => rmSync(folder, { recursive: true }))

const python = fakePython(folder)

const kernel = {
  name: 'k',
  grid: [1, 1, 1],
  block: [32, 1, 1],
  registers: 8,
  sharedMemoryBytes: 0,
  durationUs: { 8: 20, 132: 20 },
}
const profile = {
  format: 'eclip.profile/1',
  model: 'kernels:3',
  batch: 8,
  device: 'h200',
  source: 'measured',
  recipe: {
    specification: 'torchvision:3',
    inputs: [{ name: 'x', dtype: 'float16', shape: [3, 224, 224] }],
    channelsLast: true,
    seed: 0,
  },
  kernels: [kernel, kernel, kernel],
}
const workload = {
  format: 'eclip.workload/1',
  device: 'h200',
  workers: [{ profile: 'profile.json', replicas: 2 }],
}
writeFileSync(join(folder, 'profile.json'), JSON.stringify(profile))
writeFileSync(join(folder, 'workload.json'), JSON.stringify(workload))

function eclip(...options: string[]) {
  const env = { ...process.env, ECLIP_PYTHON: python, PATH: folder }
  return runEclip(options, { cwd: folder, env })
}

test('plans made beforehand run beside the baseline; a rival that fails is a row of its own', () => {
  const planned = eclip('plan', 'workload.json', '--policy', 'equal', '-o', 'equal.json')
  assert.equal(planned.status, 0, planned.stderr)
  const { status, stdout, stderr } = eclip(
    ...['bench', 'workload.json', '--policy', 'none', '--plan', 'equal.json', 'equal.json'],
    ...[
      '--no-predictions',
      '--rivals',
      'mps-40,time-sliced',
      '--repeats',
      '2',
      '--rival-repeats',
      '1',
    ],
    ...['--seconds', '2'],
    ...['-o', 'points.json'],
  )
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^mps-40 failed: no MPS: /m)
  assert.match(stdout, /^time-sliced /m)
  const points: Points = JSON.parse(readFileSync(join(folder, 'points.json'), 'utf8'))
  assert.deepEqual(
    points.points.map(({ name }) => name),
    ['baseline', 'equal', 'equal#2'],
  )
  assert.ok(points.points.every(({ windows }) => windows === 2))
  assert.deepEqual(
    (points.rivals as { name: string; windows: number }[]).map((rival) => [
      rival.name,
      rival.windows,
    ]),
    [['time-sliced', 1]],
  )
  assert.deepEqual(
    (points.failed as { name: string }[]).map(({ name }) => name),
    ['mps-40'],
  )
})

test('the measurements of a demand are kept when a signal ends the bench', async () => {
  const file = join(folder, 'goodput.json')
  const words = ['bench', 'vit_b_16/8:50@8x', '--rivals', 'streams', '--seconds', '0.1', '-o', file]
  const env = { ...process.env, ECLIP_PYTHON: python }
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder, env })
  const ended = once(child, 'exit')
  const watcher = watch(folder)
  while (!existsSync(file)) await once(watcher, 'change')
  watcher.close()
  child.kill('SIGINT')
  assert.deepEqual(await ended, [130, null])
  const { unfinished, results }: DemandContest = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal(unfinished, true)
  const [{ name, measurements }] = results
  assert.equal(name, 'streams')
  assert.ok(measurements.length > 0 && results[0].unfinished)
})

test('if no contender can serve a demand, no goodput is printed, and the exit code is 1', () => {
  const env = { ...process.env, PATH: '', ECLIP_PYTHON: python }
  const words = ['bench', 'vit_b_16/8:50@8x', '--rivals', 'mps-40']
  const { status, stdout, stderr } = runEclip(words, { cwd: folder, env })
  assert.equal(status, 1, stderr)
  assert.match(stdout, /^mps-40%-x1 +n\/a +n\/a .*no MPS: /m)
})

test('without PyTorch, bench says so before it plans', () => {
  const env = { ...process.env, ECLIP_PYTHON: join(folder, 'no-python') }
  const { status, stderr } = runEclip(['bench', 'workload.json'], { cwd: folder, env })
  assert.equal(status, 1)
  assert.match(stderr, /^eclip: cannot run .*no-python, .*pip install torch/)
  assert.equal(stderr.trim().split('\n').length, 1)
})

test('a profile that names a function only runs if that is allowed', () => {
  const recipe = { ...profile.recipe, specification: 'evil:3' }
  const workers = [{ profile: 'evil.json' }]
  writeFileSync(join(folder, 'evil.json'), JSON.stringify({ ...profile, recipe }))
  writeFileSync(join(folder, 'evil-mix.json'), JSON.stringify({ ...workload, workers }))
  const call = ['bench', 'evil-mix.json', '--policy', 'none', '--rivals', 'none', '--repeats', '1']
  const refused = eclip(...call)
  assert.equal(refused.status, 2)
  assert.match(
    refused.stderr,
    /^eclip: the profile of kernels:3\/8: recipe: expected a model .*--allow-code, found evil:3$/m,
  )
  const allowed = eclip(...call, '--no-predictions', '--allow-code')
  assert.equal(allowed.status, 0, allowed.stderr)
})

test('a profile that does not say how to load its model is bad input', () => {
  const { recipe: _, ...earlier } = { ...profile, model: 'vit_b_16' }
  writeFileSync(join(folder, 'earlier.json'), JSON.stringify(earlier))
  const workers = [{ profile: 'earlier.json' }]
  writeFileSync(join(folder, 'earlier-mix.json'), JSON.stringify({ ...workload, workers }))
  const { status, stderr } = eclip('bench', 'earlier-mix.json')
  assert.equal(status, 2)
  assert.match(
    stderr,
    /^eclip: the profile of vit_b_16\/8: recipe: expected how to load its model/m,
  )
})

test('a plan of another workload is bad input', () => {
  const other = { ...workload, workers: [{ profile: 'profile.json' }] }
  writeFileSync(join(folder, 'other.json'), JSON.stringify(other))
  eclip('plan', 'other.json', '--policy', 'equal', '-o', 'other-plan.json')
  const { status, stderr } = eclip('bench', 'workload.json', '--plan', 'other-plan.json')
  assert.equal(status, 2)
  assert.match(stderr, /^eclip: other-plan.json: workers: expected 2 workers, found 1$/m)
})
