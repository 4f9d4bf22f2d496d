import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runEclip } from './eclip.test.fixture.js'

const PAGE = fileURLToPath(new URL('../../docs/workload.md', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eclip-targets-'))
after(() => rmSync(folder, { recursive: true }))

function eclip(...args: string[]) {
  return runEclip(args, { cwd: folder })
}

/** Writes a workload of alexnet with this load and target. */
function workload(name: string, worker: object): string {
  const workers = [{ model: 'alexnet', batch: 8, ...worker }]
  const text = JSON.stringify({ format: 'eclip.workload/1', device: 'h200', workers })
  writeFileSync(join(folder, name), text)
  return name
}

const QUICK = ['--runs', '4', '--seconds', '1']

test('the mix of the page on workloads reports its targets in plan, simulate, compare and the page', () => {
  const [, text] = /```json\n(\{\s+"format": "eclip\.workload[\s\S]*?)```/.exec(
    readFileSync(PAGE, 'utf8'),
  ) as unknown as [string, string]
  writeFileSync(join(folder, 'mix.json'), text)
  const some = ['--runs', '4', '--seconds', '1']
  const plan = eclip('plan', 'mix.json', '--policy', 'baseline', ...some, '-o', 'p.json')
  assert.equal(plan.status, 0, plan.stderr)
  assert.match(plan.stdout, /^Meets all 3 targets, with \d+% to spare at the closest: vgg19\/8 p95/)
  const row = /^vgg19\/8 +\d+ +\d+ +1.\d+ +\d+% +[\d.]+ +[\d.]+ to [\d.]+ +8\.00 +\d+% .* met$/m
  assert.match(plan.stdout, row)
  assert.match(eclip('explain', 'p.json').stdout, row)

  const simulated = eclip(
    'simulate',
    'mix.json',
    '--plan',
    'p.json',
    ...some,
    '--seed',
    '9',
    '--json',
  )
  assert.equal(simulated.status, 0, simulated.stderr)
  const { judgement, metrics } = JSON.parse(simulated.stdout)
  assert.deepEqual(judgement.seeds, [9, 10, 11, 12])
  assert.deepEqual([judgement.seconds, judgement.warmupSeconds], [1, 0.5])
  const [vgg, densenet] = judgement.workers
  assert.ok(Math.abs(vgg.offeredPerSecond / 200 - 1) < 0.2 && vgg.p95Target.asked === 8)
  assert.equal(vgg.p95Target.verdict, 'met')
  assert.equal(densenet.offeredPerSecond, null)
  assert.equal(densenet.minimumShare.asked, 0.3)
  assert.equal(metrics.workers.length, 3)

  const policies = ['--policy', 'baseline,equal', '--runs', '4', '--seconds', '0.5']
  const compared = eclip('compare', 'mix.json', ...policies, '--report', 'r.html')
  assert.match(compared.stdout, /^(baseline is sure|All policies|NO POLICY)/)
  assert.match(compared.stdout, /^policy +targets/m)
  assert.match(compared.stdout, row)
  const page = readFileSync(join(folder, 'r.html'), 'utf8')
  assert.match(page, /Targets met<\/dt><dd>\d of 3/)
  assert.match(page, /The workload and its targets/)
})

test('a plan that misses a target says so in the first line and exits with 3', () => {
  const strict = workload('strict.json', { load: { poisson: 500 }, p95TargetMs: 0.1 })
  const plan = eclip('plan', strict, '--policy', 'baseline', ...QUICK, '-o', 'strict.plan.json')
  assert.equal(plan.status, 3)
  assert.match(plan.stdout, /^MISSES its target: alexnet\/8 p95 /)
  assert.match(readFileSync(join(folder, 'strict.plan.json'), 'utf8'), /"verdict": "missed"/)
  const run = eclip('simulate', strict, '--plan', 'strict.plan.json', ...QUICK)
  assert.equal(run.status, 3)
  assert.match(run.stdout, /^MISSES its target/)
  const compared = eclip('compare', strict, '--policy', 'baseline', ...QUICK)
  assert.equal(compared.status, 3)
  assert.match(compared.stdout, /^NO POLICY is sure to keep the target/)
})

test('with --json the verdict goes to stderr, and stdout only holds the plan', () => {
  const strict = workload('strict.json', { load: { poisson: 500 }, p95TargetMs: 0.1 })
  const plan = eclip('plan', strict, '--policy', 'baseline', ...QUICK, '--json')
  assert.equal(plan.status, 3)
  assert.equal(JSON.parse(plan.stdout).evidence.judgement.workers[0].p95Target.verdict, 'missed')
  assert.match(plan.stderr, /^MISSES its target/)
})

test('an overload is called overload', () => {
  const flood = workload('flood.json', { load: { poisson: 8000 } })
  const plan = eclip('plan', flood, '--policy', 'baseline', ...QUICK)
  assert.match(plan.stdout, /^OVERLOADED: alexnet\/8 is offered [\d\s]+ requests\/s and serves/)
  assert.match(plan.stdout, / overloaded$/m)
  assert.equal(plan.status, 0, 'no target was asked for')
})

test('without targets and open loads, nothing is judged', () => {
  const closed = workload('closed.json', {})
  const plan = eclip('plan', closed, '--policy', 'baseline', ...QUICK)
  assert.equal(plan.status, 0)
  assert.doesNotMatch(plan.stdout, /MISSES|Meets|OVERLOADED|headroom/)
})
