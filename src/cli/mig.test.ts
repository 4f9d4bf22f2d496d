import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Command, CommanderError } from 'commander'
import { InputError } from '../errors.js'
import { runEclip } from './eclip.test.fixture.js'
import { migCommand } from './mig.js'
import { addMigOptions, loadMigCase } from './mig-problem.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-mig-'))
after(() => rmSync(folder, { recursive: true }))

function mig(...args: string[]) {
  return runEclip(['mig', ...args], { cwd: folder })
}

function fileOf(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return name
}

const QUICK = ['--requests', '600', '--replications', '2']

test('layouts lists the 19 layouts of an A100', () => {
  const { status, stdout } = mig('layouts', 'a100-40')
  assert.equal(status, 0)
  assert.match(stdout, /19 legal layouts/)
  assert.equal(JSON.parse(mig('layouts', 'a30', '--json').stdout).layouts.length, 5)
})

test('plan prints the layout, its loss and the commands, and writes its files', () => {
  const files = ['--mig-parted', 'm.yaml', '--pool', 'p.json', '--svg', 'l.svg']
  const { status, stdout, stderr } = mig('plan', ...QUICK, '--exact-check', ...files)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /rounding to whole legal layouts loses \d+\.\d%/)
  assert.match(stdout, /exact check: 14 sets of legal layouts/)
  assert.match(stdout, /sudo nvidia-smi mig -i 0 -cgi \d+:\d/)
  assert.match(
    readFileSync(join(folder, 'm.yaml'), 'utf8'),
    /^version: v1\nmig-configs:\n {2}eclip:\n/,
  )
  assert.equal(JSON.parse(readFileSync(join(folder, 'p.json'), 'utf8')).format, 'eclip.pool/1')
  assert.match(
    readFileSync(join(folder, 'l.svg'), 'utf8'),
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
  )
})

test('a table of latencies that no model is named for is of the model that it is named after', () => {
  const table = fileOf('own-net.csv', 'partition,batch,latency_ms\n1g,1,10\n7g,1,4\n')
  const { status, stdout, stderr } = mig('plan', ...QUICK, '--table', table)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^own-net on 1 x /)
  assert.match(mig('plan', ...QUICK, '--table', table, '--model', 'm').stdout, /^m on 1 x /)
})

test('plan --rate lays out as many GPUs as it says the rate needs', () => {
  const { status, stdout, stderr } = mig('plan', ...QUICK, '--rate', '1200', '--json')
  assert.equal(status, 0, stderr)
  const { gpus, layouts, commands, throughputPerS, needed } = JSON.parse(stdout)
  assert.ok(needed.gpus > 1)
  assert.equal(gpus, needed.gpus)
  assert.equal(layouts.length, needed.gpus)
  assert.equal(commands.filter((line: string) => line.includes('-cgi')).length, needed.gpus)
  assert.equal(throughputPerS, needed.carriedPerS)
  assert.ok(throughputPerS >= 1200)
})

test("a user's own model is laid out by the profiles in the user's library", () => {
  const kernel = {
    ...{ name: 'k', grid: [132, 1, 1], block: [32, 1, 1], registers: 8, sharedMemoryBytes: 0 },
    durationUs: { 16: 4000, 132: 500 },
  }
  for (const device of ['mine', 'other']) {
    for (const batch of [1, 8]) {
      const kernels = Array.from({ length: batch }, () => kernel)
      const profile = {
        ...{ format: 'eclip.profile/1', model: 'vit_b_16', batch, device, source: 'measured' },
        kernels,
      }
      mkdirSync(join(folder, 'eclip/profiles', device), { recursive: true })
      const file = join('eclip/profiles', device, `vit_b_16-${batch}.json.gz`)
      fileOf(file, JSON.stringify(profile))
    }
    const { status, stdout, stderr } = mig('plan', ...QUICK, '--model', 'vit_b_16', '--gpu', 'a30')
    if (device === 'mine') {
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^vit_b_16 on 1 x .*\nlatency: .* profiles on mine/)
      assert.doesNotMatch(stderr, /H200/)
    } else {
      assert.equal(status, 2)
      assert.match(stderr, /--model: .*profiles of one device with --profile .*mine, other/)
    }
  }
  rmSync(join(folder, 'eclip'), { recursive: true })
})

test('a model that only ships with kernel profiles is planned from them', () => {
  const { status, stdout, stderr } = mig('plan', ...QUICK, '--model', 'vit_b_16')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^vit_b_16 on 1 x .*\nlatency: simulated from kernel profiles on h200/)
})

test('simulate --json prints only JSON; the report is one page', () => {
  const pairs = ['--partitioner', 'paris,homogeneous', '--scheduler', 'elsa,fifs']
  const args = ['simulate', ...QUICK, ...pairs, '--no-exact-check', '--report', 'r.html', '--json']
  const { status, stdout, stderr } = mig(...args)
  assert.equal(status, 0, stderr)
  assert.equal(JSON.parse(stdout).pairs.length, 12)
  assert.match(stderr, /^report: r\.html\n$/)
  assert.match(readFileSync(join(folder, 'r.html'), 'utf8'), /<\/html>/)
})

test("ELSA's factors and the noise of estimates are printed and make a difference", () => {
  const common = ['plan', ...QUICK, '--sla', '3']
  const usual = mig(...common)
  const careful = mig(...common, '--elsa-alpha', '1.3', '--elsa-beta', '0.8')
  const noisy = mig(...common, '--estimate-noise', '0.2')
  assert.doesNotMatch(usual.stdout, /alpha|standard deviation/)
  assert.match(careful.stdout, /\nELSA: alpha 1\.3, beta 0\.8\n/)
  assert.match(noisy.stdout, /\nestimates: .*standard deviation of 20%\n/)
  const carried = [usual, careful, noisy].map(({ stdout }) => /carries ([^r]+) r/.exec(stdout)?.[1])
  assert.equal(new Set(carried).size, 3)
  const { elsa, estimateNoise } = JSON.parse(mig(...common, '--elsa-beta', '0.5', '--json').stdout)
  assert.deepEqual({ elsa, estimateNoise }, { elsa: { alpha: 1, beta: 0.5 }, estimateNoise: 0 })
})

function caseOf(...args: string[]) {
  return loadMigCase(addMigOptions(new Command()).parse(args, { from: 'user' }).opts())
}

test('recorded requests give arrivals and batches', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `${i * 0.01 + (i % 3) * 0.002},${1 + (i % 4)}`)
  const file = join(folder, fileOf('arrivals.csv', `time_s,batch\n${lines.join('\n')}\n`))
  const { problem, streams } = caseOf('--arrivals', file)
  assert.equal(problem.distribution[1], 13 / 50)
  assert.equal(problem.distribution[5], 0)
  const [stream] = streams({ requests: 98, replications: 1, tolerance: 0.01, seed: 1 })
  // The recording is used twice, so every gap and batch comes twice, in the recorded order.
  assert.deepEqual(stream.batches.subarray(0, 49), stream.batches.subarray(49))
  const next = stream.batches.map((batch) => 1 + (batch % 4))
  assert.deepEqual(stream.batches.subarray(1, 4), next.subarray(0, 3))
})

test('using latencies of an H200 for another GPU gives a remark', () => {
  assert.match(caseOf('--gpu', 'a30').caution ?? '', /latencies were measured on an H200/)
  assert.equal(caseOf('--gpu', 'h200').caution, undefined)
})

const holes = fileOf('holes.csv', 'partition,batch,latency_ms\n1g,1,4\n1g,8,9\n7g,1,1\n')
const negative = fileOf('negative.csv', '1,0.5\n2,-1\n')

const BAD: readonly (readonly [args: string[], line: RegExp])[] = [
  [['plan', '--gpu', 'v100'], /--gpu: expected one of a30, .* found "v100"/],
  [['plan', '--rate', '1e-300'], /--rate.*expected a number of at least 0.000001/],
  [['simulate', '--rate', '1e-300'], /--rate.*expected a number of at least 0.000001/],
  [['simulate', '--rate', '2e6'], /--rate.*expected at most 1000000/],
  [['layouts', 'v100'], /^gpu: expected one of/],
  [['plan', '--model', 'nope'], /--model: expected one of albert/],
  [['plan', '--sla', '0.2'], /--sla: expected at least \d.* ms.*no partition can meet/],
  [['plan', '--sla-ms', '1'], /^--sla-ms: expected at least/],
  [['plan', '--batches', 'lognormal:-1:1'], /--batches: median: expected a number above 0/],
  [['plan', '--batches', negative], /negative\.csv: line 2: expected a weight of 0 or more/],
  [['plan', '--batches', 'nowhere'], /--batches: expected lognormal:MEDIAN:SIGMA or a file/],
  [['plan', '--arrivals', 'nowhere'], /--arrivals: expected poisson, bursty or a file/],
  [
    ['plan', '--table', holes, '--model', 'm'],
    /holes\.csv: expected a latency for 132 units at batch 8/,
  ],
  [['plan', '--table', 'none.csv'], /none\.csv: expected a readable file/],
  [['plan', '--gpus', '3', '--exact-check'], /--exact-check: expected at most 2 GPUs/],
  [['plan', '--gpu', 'mi300x', '--mig-parted', 'x'], /--mig-parted: expected a GPU with MIG/],
  [['plan', '--gpus', '0'], /--gpus/],
  [['plan', '--gpus', '2', '--rate', '9'], /'--rate <r>' cannot be used with option '--gpus <n>'/],
  [['plan', '--elsa-alpha', '0'], /--elsa-alpha <a>.*a number above 0/],
  [['plan', '--elsa-beta', '-1'], /--elsa-beta <b>.*a number of at least 0/],
  [['plan', '--estimate-noise', '11'], /--estimate-noise <s>/],
  [['plan', '--label', 'a: b'], /--label: expected letters, .* found "a: b"/],
  [['simulate', '--scheduler', 'nope'], /--scheduler: expected one of elsa/],
  [['simulate', '--partitioner', 'nope'], /--partitioner: expected one of paris/],
]

for (const [args, line] of BAD) {
  test(`bad input: ${args.join(' ')}`, async () => {
    const command = migCommand()
    for (const one of [command, ...command.commands]) {
      one.exitOverride().configureOutput({ writeErr: () => {} })
    }
    const beside = args.map((arg) => (arg.endsWith('.csv') ? join(folder, arg) : arg))
    await assert.rejects(command.parseAsync(beside, { from: 'user' }), (error) => {
      assert.ok(error instanceof InputError || error instanceof CommanderError, `${error}`)
      assert.match(error.message, line)
      assert.ok(!error.message.includes('\n'))
      return true
    })
  })
}

test('bad input gives code 2, one line on stderr and nothing on stdout', () => {
  const { status, stdout, stderr } = mig('plan', '--table', holes, '--model', 'm')
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.equal(stderr.trim().split('\n').length, 1)
})
