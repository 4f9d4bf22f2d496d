/** What flags change in what a command finds out and writes. Commands run in a thread, without a process each. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { DATA_FOLDER } from '../io/library.js'
import { createRunner } from './hostile/runner.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-effects-'))
const runner = createRunner()
after(async () => {
  await runner.close()
  rmSync(folder, { recursive: true })
})

const inFolder = (name: string) => join(folder, name)
const read = (name: string) => readFileSync(inFolder(name), 'utf8')

/** What a command prints as JSON, and its exit code. */
async function found(...words: string[]) {
  const { code, stdout, stderr } = await runner.run([...words, '--json'])
  assert.ok(code === 0 || code === 3, `${words.join(' ')}: ${stderr}`)
  return { code, stderr, json: JSON.parse(stdout) }
}

const PAIR = 'vgg19+alexnet@8'
const QUICK = ['--seconds', '0.02', '--runs', '2']

test('a plan follows its policy and budget, and is judged by so many runs of further seeds', async () => {
  const file = inFolder('none.plan.json')
  const words = ['--policy', 'eclip', '--switch-budget', '0', '--seed', '7', ...QUICK, '-o', file]
  const { json, stderr } = await found('plan', PAIR, ...words)
  assert.deepEqual(json.evidence.switchesPerRequest, [0, 0])
  assert.deepEqual(JSON.parse(read('none.plan.json')), json)
  assert.match(stderr, new RegExp(`plan: ${file}\n$`))
  const { judgement } = json.evidence
  assert.deepEqual([judgement.seeds, judgement.seconds], [[8, 9], 0.02])
})

test('a plan is simulated coarsely, longer, or with other seeds, as asked', async () => {
  const file = inFolder('simulated.plan.json')
  await found('plan', PAIR, '--policy', 'baseline', ...QUICK, '-o', file)
  const simulated = async (...words: string[]) =>
    (await found('simulate', PAIR, '--plan', file, ...words)).json
  const usual = await simulated('--seconds', '0.02')
  assert.deepEqual([usual.judgement.seeds, usual.judgement.seconds], [[1], 0.02])
  const { judgement } = await simulated('--seconds', '0.03', '--runs', '3', '--seed', '4')
  assert.deepEqual([judgement.seeds, judgement.seconds], [[4, 5, 6], 0.03])
  const coarse = await simulated('--seconds', '0.02', '--coarse')
  assert.notDeepEqual(coarse.metrics, usual.metrics)
  const change = coarse.metrics.weightedSpeedup / usual.metrics.weightedSpeedup
  assert.ok(Math.abs(change - 1) < 0.1, `${change}`)
})

test('a demand is sized within the states that are asked for, and a page and a plan are written', async () => {
  const [plan, page] = [inFolder('serving.json'), inFolder('size.html')]
  const words = ['--states', '5', '--seed', '3', '-o', plan, '--report', page]
  const { code, json, stderr } = await found('size', 'alexnet/8:300@8x', ...words)
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(read('serving.json')), json.plan)
  assert.equal(stderr, `plan: ${plan}\nreport: ${page}\n`)
  assert.match(read('size.html'), /<\/html>\s*$/)
  assert.equal(json.addition, undefined)
  const larger = await found(
    'size',
    'alexnet/8:300@8x',
    '--states',
    '5',
    '--add',
    'vgg19/8:300@0.5x',
  )
  // The target of the addition is shorter than its latency alone.
  assert.equal(larger.code, 3)
  assert.deepEqual(larger.json.unreachable, ['vgg19/8'])
  assert.deepEqual(larger.json.addition.added, ['vgg19/8'])
})

/** Three points of one mix and one of another. */
function fewPoints(): string {
  const all = JSON.parse(
    gunzipSync(readFileSync(`${DATA_FOLDER}measured/points/h200-first-mixes.json.gz`)).toString(),
  )
  const mixOf = ({ workers }: { workers: { model: string; batch: number }[] }) =>
    workers.map(({ model, batch }) => `${model}/${batch}`).join('+')
  const first = mixOf(all.points[0])
  const same = all.points.filter((point: never) => mixOf(point) === first).slice(0, 3)
  const other = all.points.find((point: never) => mixOf(point) !== first)
  const file = inFolder('points.json')
  writeFileSync(file, JSON.stringify({ ...all, points: [...same, other] }))
  return file
}

test('measured points are predicted as asked: some of each mix, coarsely, or each by fits on the others', async () => {
  const points = fewPoints()
  const page = inFolder('validate.html')
  const countsOf = (json: { mixes: Record<string, { points: number }> }) =>
    Object.values(json.mixes).map((mix) => mix.points)
  const coarse = await found('validate', points, '--coarse', '--report', page)
  assert.deepEqual(countsOf(coarse.json).sort(), [1, 3])
  assert.match(read('validate.html'), /<\/html>\s*$/)
  const few = await found('validate', points, '--coarse', '--per-mix', '2')
  assert.deepEqual(countsOf(few.json).sort(), [1, 2])
  const exact = await found('validate', points, '--per-mix', '2')
  const leftOut = await found(
    'validate',
    points,
    ...['--coarse', '--per-mix', '2', '--leave-one-out', '--trials', '3'],
  )
  const errors = [coarse, exact, leftOut].map(({ json }) => JSON.stringify(json.mixes))
  assert.equal(new Set(errors).size, 3)
})

test('a fitted device is written where it was asked for, and into the library', async () => {
  const output = inFolder('fitted.json')
  const library = inFolder('library')
  mkdirSync(library)
  const words = ['--trials', '2', '--per-mix', '1', '-o', output, '--save', '--library', library]
  const { json, stderr } = await found('calibrate', fewPoints(), ...words)
  assert.ok(json.loss <= json.lossBefore)
  const device = JSON.parse(read('fitted.json'))
  assert.equal(device.name, 'h200')
  const saved = join('library', 'devices', 'h200.json')
  assert.ok(existsSync(inFolder(saved)), stderr)
  assert.deepEqual(JSON.parse(read(saved)), device)
  for (const { name, after } of json.parameters) {
    const [section, key] = name.split('.')
    assert.ok(Math.abs(device[section][key] / after - 1) < 1e-3, name)
  }
})
