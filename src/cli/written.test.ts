import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DATA_FOLDER } from '../io/library.js'
import { runEclip } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-written-'))
after(() => rmSync(folder, { recursive: true }))

/** Runs a command, and keeps its output as a file beside the files that it writes. */
function eclip(printed: string, ...args: string[]): void {
  const { status, stdout, stderr } = runEclip(args, { cwd: folder })
  assert.ok(status === 0 || status === 3, `${args.join(' ')}: ${stderr}`)
  writeFileSync(join(folder, printed), stdout)
}

/**
 * Four workers: one is never served, one never receives a request, one is flooded, and one runs in a closed loop.
 */
const LOADS = ['closed', { trace: 'never.txt' }, { poisson: 30_000 }, { poisson: 50 }] as const

const QUICK = ['--runs', '2', '--seconds', '0.05']

test('no page, picture, trace or JSON file contains NaN, Infinity or undefined', () => {
  writeFileSync(join(folder, 'never.txt'), '3600\n')
  const workers = LOADS.map((load) => ({ model: 'alexnet', batch: 8, load, p95TargetMs: 1 }))
  const mix = JSON.stringify({ format: 'eclip.workload/1', device: 'h200', workers })
  writeFileSync(join(folder, 'mix.json'), mix)
  const some = ['--policy', 'baseline,kernel-wise-ioctl', ...QUICK]
  const both = ['--report', 'compare.html', '--trace', 'compare.trace.json']
  eclip('compare.json', 'compare', 'mix.json', ...some, ...both, '--json')
  eclip('compare.txt', 'compare', 'mix.json', ...some)
  eclip('plan.json', 'plan', 'mix.json', '--policy', 'kernel-wise-ioctl', ...QUICK, '--json')
  eclip('plan.txt', 'explain', 'plan.json')
  const plan = ['--plan', 'plan.json', ...QUICK]
  eclip(
    'simulate.json',
    'simulate',
    'mix.json',
    ...plan,
    '--trace',
    'simulate.trace.json',
    '--json',
  )
  eclip('simulate.txt', 'simulate', 'mix.json', ...plan)
  const few = ['--requests', '200', '--replications', '1', '--partitioner', 'homogeneous,paris']
  eclip('mig.json', 'mig', 'simulate', ...few, '--report', 'mig.html', '--json')
  eclip('mig.txt', 'mig', 'plan', '--requests', '200', '--replications', '1', '--svg', 'mig.svg')
  const points = join(DATA_FOLDER, 'measured/points/h200-bench-ten-mixes.json.gz')
  const one = ['--per-mix', '1', '--coarse', '--report', 'validate.html']
  eclip('validate.json', 'validate', points, ...one, '--json')
  // One load that fits, and one of which nothing is answered in time.
  eclip('size.json', 'size', 'alexnet/8:60@5x', '--states', '5', '-o', 'serving.json', '--json')
  const hopeless = ['alexnet/8:1000000@0.5x', '--states', '5', '--add', 'vgg19/8:1@9x']
  eclip('size.txt', 'size', ...hopeless, '--report', 'size.html')

  const files = readdirSync(folder).filter((name) => name !== 'never.txt')
  assert.equal(files.length, 20, files.join(' '))
  for (const name of files) {
    const text = readFileSync(join(folder, name), 'utf8')
    assert.ok(text.length > 0, name)
    const found = /.{0,60}\b(NaN|Infinity|undefined)\b.{0,40}|\[object \w+\]/.exec(text)
    assert.equal(found?.[0], undefined, name)
  }
})
