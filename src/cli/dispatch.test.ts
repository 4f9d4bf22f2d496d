import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { BINDINGS } from '../binding/devices.js'
import { openForTest } from '../binding/open-for-test.test.fixture.js'
import { runEclip } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-dispatch-'))
after(() => rmSync(folder, { recursive: true }))

const opencl = openForTest(BINDINGS.find(({ name }) => name === 'opencl')!)
const missing = 'missing' in opencl && opencl.missing

function eclip(...options: string[]) {
  const env = { ...process.env, POCL_MAX_PTHREAD_COUNT: '16' }
  return runEclip(options, { cwd: folder, env })
}

function planFile(name: string, mechanism: string, first = [0, 1, 2]): string {
  const plan = {
    format: 'eclip.plan/1',
    device: { name: 'h200', fingerprint: 'nvidia:h200:16x8' },
    mechanism,
    pool: [
      { granules: first, owner: 0 },
      { granules: [3, 4], owner: 0 },
    ],
    workers: [
      {
        name: 'm/8',
        model: 'm',
        batch: 8,
        groups: [
          { kernels: 3, partition: 0 },
          { kernels: 2, partition: 1 },
        ],
      },
    ],
    evidence: { policy: 'test', switchesPerRequest: [1] },
  }
  writeFileSync(join(folder, name), JSON.stringify(plan))
  return name
}

const short = ['--binding', 'opencl', '--rounds', '2', '--kernel-us', '200']

test('a plan is dispatched on OpenCL: a table, or JSON alone', { skip: missing }, () => {
  const file = planFile('plan.json', 'pooled')
  const table = eclip('dispatch', file, ...short)
  assert.equal(table.status, 0, table.stderr)
  assert.match(table.stdout, /^m\/8 +5 +2\.0 +\d\.\d /m)
  const json = eclip('dispatch', file, ...short, '--json')
  const { workers, rounds, kernelUs } = JSON.parse(json.stdout)
  assert.deepEqual([workers[0].switches, rounds, kernelUs], [2, 2, 200])
})

test('a plan that only the simulator can run is bad input', { skip: missing }, () => {
  const { status, stderr, stdout } = eclip(
    'dispatch',
    planFile('ioctl.json', 'mask-call'),
    ...short,
  )
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^eclip: the plan of test: mechanism: expected pooled, found mask-call[^\n]+\n$/,
  )
})

test('a plan of more granules than the device has is bad input', { skip: missing }, () => {
  const file = planFile('large.json', 'pooled', [0, 99])
  const { status, stderr, stdout } = eclip('dispatch', file, ...short)
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^eclip: large\.json: pool: expected granules below \d+, as [^\n]+ has them, found 99, in a plan for h200\n$/,
  )
})
