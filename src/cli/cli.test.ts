import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { MAIN, runEclip } from './eclip.test.fixture.js'
import { schemas } from './schema.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-cli-'))
after(() => rmSync(folder, { recursive: true }))

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function eclip(...args: string[]): Run {
  const { status, stdout, stderr } = runEclip(args, { cwd: folder })
  return { status, stdout, stderr }
}

function fileOf(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return name
}

const PAIR = 'vgg19+alexnet@8'
const QUICK = ['--seconds', '0.05', '--policy', 'baseline,equal']

test('compare prints a table and a sentence, or the same as JSON', () => {
  const text = eclip('compare', PAIR, ...QUICK)
  assert.equal(text.status, 0)
  assert.match(text.stdout, /baseline[\s\S]*equal[\s\S]*weighted speedup/)
  const json = JSON.parse(eclip('compare', PAIR, ...QUICK, '--json').stdout)
  assert.deepEqual(json.workers, ['vgg19/8', 'alexnet/8'])
  assert.deepEqual(
    json.policies.map(({ policy }: { policy: string }) => policy),
    ['baseline', 'equal'],
  )
})

test('the same seed gives the same bytes, printed and in files', () => {
  const search = ['--policy', 'eclip,windows', '--search-plans', '40', '--seconds', '0.05']
  const bytes = (name: string): string => {
    const files = ['--report', `${name}.html`, '--trace', `${name}.json`]
    const { status, stdout, stderr } = eclip('compare', PAIR, ...search, ...files, '--json')
    assert.equal(status, 0, stderr)
    const plans = ['eclip', 'windows'].map((policy) => {
      const file = `${name}.${policy}.json`
      eclip('plan', PAIR, '--policy', policy, '--search-plans', '40', '-o', file)
      return readFileSync(join(folder, file), 'utf8')
    })
    const [page, trace] = ['html', 'json'].map((end) =>
      readFileSync(join(folder, `${name}.${end}`)),
    )
    return [stdout, page, trace, ...plans].join()
  }
  assert.equal(bytes('once'), bytes('twice'))
})

test('reports and traces are written in full and named on stderr', () => {
  const run = eclip('compare', PAIR, ...QUICK, '--report', 'out/r.html', '--trace', 'out/t.json')
  assert.equal(run.status, 0)
  assert.match(run.stderr, /report: out\/r\.html\ntrace: out\/t\.json/)
  assert.match(
    readFileSync(join(folder, 'out/r.html'), 'utf8'),
    /^<!DOCTYPE html>[\s\S]*<\/html>\s*$/,
  )
  assert.ok(JSON.parse(readFileSync(join(folder, 'out/t.json'), 'utf8')).traceEvents.length > 0)
  assert.deepEqual(readdirSync(join(folder, 'out')).sort(), ['r.html', 't.json'])
})

test('a plan is made, explained, compared with another and simulated', () => {
  const made = eclip('plan', PAIR, '--policy', 'eclip', '-o', 'eclip.plan.json')
  assert.equal(made.status, 0, made.stderr)
  eclip('plan', PAIR, '--policy', 'baseline', '-o', 'baseline.plan.json')
  assert.match(eclip('explain', 'eclip.plan.json').stdout, /vgg19\/8/)
  assert.equal(eclip('diff', 'eclip.plan.json', 'eclip.plan.json').status, 0)
  assert.match(eclip('diff', 'eclip.plan.json', 'baseline.plan.json').stdout, /policy/)
  const run = eclip('simulate', PAIR, '--plan', 'eclip.plan.json', '--seconds', '0.05', '--json')
  assert.equal(run.status, 0, run.stderr)
  assert.ok(JSON.parse(run.stdout).metrics.weightedSpeedup > 0.5)
})

test('every published format has a JSON Schema', () => {
  for (const format of ['device', 'profile', 'workload', 'plan', 'points']) {
    const { status, stdout } = eclip('schema', format)
    assert.equal(status, 0)
    const { $schema, description } = JSON.parse(stdout)
    assert.match($schema, /json-schema\.org/)
    assert.ok(description, format)
  }
})

test('the formats are listed, each with what it says', () => {
  const { status, stdout } = eclip('schema')
  assert.equal(status, 0)
  for (const name of Object.keys(schemas)) assert.match(stdout, new RegExp(`^${name} +\\w`, 'm'))
})

test('bad input gives exit code 2 and one line that names the place', () => {
  const workload = (workers: unknown, format = 'eclip.workload/1'): string =>
    JSON.stringify({ format, device: 'h200', workers })
  const good = workload([{ model: 'vgg19', batch: 8 }])
  fileOf('good.json', good)
  eclip('plan', 'vgg19@8', '--policy', 'baseline', '-o', 'one.plan.json')
  const shorter = JSON.parse(readFileSync(join(folder, 'one.plan.json'), 'utf8'))
  shorter.workers[0].groups[0].kernels--
  const elsewhere = { ...shorter, device: { name: 'mi50', fingerprint: 'amd:mi50:60x1' } }
  const cases: [string[], RegExp][] = [
    [
      ['compare', fileOf('cut.json.gz', gzipSync(good).subarray(0, 50))],
      /cut\.json\.gz: expected a complete gzip/,
    ],
    [
      ['compare', fileOf('tag.json', workload([], 'eclip.plan/1'))],
      /tag\.json: format: expected "eclip\.workload\/1", found "eclip\.plan\/1"/,
    ],
    [['compare', fileOf('new.json', workload([], 'eclip.workload/9'))], /format: .*newer version/],
    [['compare', fileOf('none.json', workload([]))], /none\.json: workers: expected at least 1/],
    [
      ['compare', fileOf('many.json', workload([{ model: 'vgg19', batch: 8, replicas: 17 }]))],
      /workers: expected at most 16.*found 17/,
    ],
    [['compare', 'gpt9@8'], /gpt9@8: workers\[0\]\.model: expected one of .*found "gpt9"/],
    [
      ['compare', 'good.json', '--policy', 'fastest'],
      /--policy: expected one of baseline.*found "fastest"/,
    ],
    [
      ['compare', 'good.json', '--device', 'abacus'],
      /device: expected a device file or one of.*found "abacus"/,
    ],
    [
      ['compare', 'good.json', '--seconds', '1e-300'],
      /^eclip: --seconds: expected a number of at least 0.000001, found "1e-300"$/m,
    ],
    [
      ['compare', 'good.json', '--objective', "a'b"],
      /^eclip: --objective: expected one of weighted-speedup, .*, found "a'b"$/m,
    ],
    [
      ['bench', 'vgg19/8:50@8x', '--load', '2', '--loads', '1,2'],
      /^eclip: option '--loads <list>' cannot be used with option '--load <n>'$/m,
    ],
    [['schema', 'poem'], /^eclip: format: expected one of api-keys, .*, found "poem"$/m],
    [['compare'], /missing required argument/],
    [
      ['simulate', 'vgg19@8', '--plan', fileOf('short.json', JSON.stringify(shorter))],
      /workers\[0\]\.groups: expected groups of 66 kernels.*found 65/,
    ],
    [
      ['simulate', 'vgg19@8', '--plan', fileOf('else.json', JSON.stringify(elsewhere))],
      /device\.fingerprint: expected nvidia.*found amd/,
    ],
    [['explain', 'absent.json'], /absent\.json: expected a readable file, found no such file/],
    [['explain', 'good.json'], /format: expected "eclip\.plan\/1" or "eclip\.serving\/1" /],
    [['nonsense'], /^eclip: unknown command/],
    [['nonsense', '--help'], /^eclip: unknown command 'nonsense'/],
    [['mig', 'nonsense', '--help'], /unknown command 'nonsense'/],
    [['help', 'nonsense'], /unknown command 'nonsense'/],
    [['plann'], /unknown command 'plann' \(Did you mean plan\?\)/],
    [['\u{1B}[2J'], /unknown command '\\u001b\[2J'/],
  ]
  for (const [args, message] of cases) {
    const report = args[0] === 'compare' ? ['--report', 'never.html'] : []
    const { status, stdout, stderr } = eclip(...args, ...report)
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
    assert.equal(stdout, '')
    assert.ok(!existsSync(join(folder, 'never.html')))
  }
})

test('without a GPU, doctor says what works', () => {
  const { stdout } = eclip('doctor')
  const hasGpu = /^ok +(cuda|hip) masks/m.test(stdout)
  assert.equal(/size and serve --device sim need none\.$/m.test(stdout), !hasGpu, stdout)
})

test('a plan for serving is explained in words, and as JSON', () => {
  const model = {
    ...{ name: 'vgg19/8', model: 'vgg19', samples: 8, batches: [8], targetMs: 8, instances: 2 },
    ...{
      share: 66,
      maxDelayMs: 0,
      quantile: 0.99,
      priorityClass: 'normal',
      late: 'drop',
      expectedMs: { 8: [1.5] },
    },
  }
  const plan = {
    ...{
      format: 'eclip.serving/1',
      device: { name: 'h200', fingerprint: 'nvidia:h200:15x8' },
      mechanism: 'mps',
    },
    ...{ concurrency: 2, priority: 'deadline', models: [model], evidence: { policy: 'size' } },
  }
  const file = fileOf('serving.json', JSON.stringify(plan))
  const { status, stdout, stderr } = eclip('explain', file)
  assert.equal(status, 0, stderr)
  assert.match(
    stdout,
    /^size plan for h200\nEvery instance is a process .*\n.*\nvgg19\/8: 2 instances on 66 compute units each/,
  )
  assert.equal(JSON.parse(eclip('explain', file, '--json').stdout).models[0].instances, 2)
})

test('if stdout is full, the command fails with one line; if it is closed, with none', () => {
  const run = (redirection: string, before = ''): Run => {
    const command = `set -o pipefail; ${before} "$0" "$1" schema plan ${redirection}`
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, MAIN], {
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  const full = run('>/dev/full')
  assert.equal(full.status, 1)
  assert.equal(full.stderr, 'eclip: cannot write to stdout: no space left\n')
  const cutShort = run(`>${join(folder, 'cut-short')}`, 'ulimit -f 1;')
  assert.equal(cutShort.status, 1)
  assert.equal(cutShort.stderr, 'eclip: cannot write to stdout: a limit on the size of files\n')
  assert.deepEqual(run('2>&1 | true'), { status: 0, stdout: '', stderr: '' })
  assert.equal(run('2>&- | cat >/dev/null').status, 0)
})

test('only --debug shows a stack trace', () => {
  assert.doesNotMatch(eclip('compare', 'absent.json').stderr, /\n\s+at /)
  assert.match(eclip('--debug', 'compare', 'absent.json').stderr, /\n\s+at /)
})

test('predictions for a device that was never measured say so', () => {
  const profile = ['profile', 'synth', '--model', 'vgg19', '--batch', '2', '--device', 'mi50']
  assert.equal(eclip(...profile, '-o', 'vgg19-mi50.json').status, 0)
  const workers = [{ profile: 'vgg19-mi50.json' }]
  fileOf('mi50.json', JSON.stringify({ format: 'eclip.workload/1', device: 'mi50', workers }))
  const modelled = /^note: the mi50 is modelled: no such device was at hand$/m
  const planned = eclip('plan', 'mi50.json', '--policy', 'baseline', '-o', 'mi50.plan.json')
  assert.match(planned.stderr, modelled)
  assert.match(eclip('simulate', 'mi50.json', '--plan', 'mi50.plan.json').stderr, modelled)
})
