import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isDemand, loadDemand } from './demand.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-demand-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const MODEL = { model: 'vgg19', ratePerSecond: 100, target: { timesSolo: 5 } }
const demandFile = (models: object[]): string =>
  file('demand.json', JSON.stringify({ format: 'eclip.demand/1', device: 'h200', models }))

test('a demand written out gives model, samples, rate and target', () => {
  const { device, models } = loadDemand('resnet152/8:60@5x+vgg19:90.5/s@20ms')
  assert.equal(device.name, 'h200')
  assert.deepEqual(
    models.map(({ name, samples, ratePerSecond, targetUs, soloUs }) => ({
      name,
      samples,
      ratePerSecond,
      target: name === 'vgg19/1' ? targetUs : targetUs / soloUs,
    })),
    [
      { name: 'resnet152/8', samples: 8, ratePerSecond: 60, target: 5 },
      { name: 'vgg19/1', samples: 1, ratePerSecond: 90.5, target: 20_000 },
    ],
  )
})

test('a model may be captured at every profiled batch that carries a request and is allowed', () => {
  const batches = (more: object): number[] =>
    loadDemand(demandFile([{ ...MODEL, ...more }])).models[0].profiles.map(({ batch }) => batch)
  assert.deepEqual(batches({}), [1, 8, 32])
  assert.deepEqual(batches({ samples: 3 }), [8, 32])
  assert.deepEqual(batches({ samples: 8, largestBatch: 8 }), [8])
  assert.deepEqual(batches({ largestBatch: 20 }), [1, 8])
})

test('equal models are told apart, and a trace is read beside the demand', () => {
  file('arrivals.txt', '0.5\n1\n2.5\n')
  const { models } = loadDemand(
    demandFile([MODEL, { ...MODEL, arrivals: { trace: 'arrivals.txt' } }]),
  )
  assert.deepEqual(
    models.map(({ name }) => name),
    ['vgg19/1', 'vgg19/1#2'],
  )
  const { arrivals } = models[1]
  assert.deepEqual(arrivals.kind === 'trace' && arrivals.timesS, [0.5, 1, 2.5])
})

test('an error in a demand is reported with its place', () => {
  const wrong = (models: object[], message: RegExp): void => {
    assert.throws(() => loadDemand(demandFile(models)), message)
  }
  wrong([], /models: expected at least 1 entry/)
  wrong([{ ...MODEL, samples: 64 }], /models\[0\]\.samples: expected at most 32, .* found 64/)
  wrong([{ ...MODEL, model: 'no' }], /models\[0\]\.model: expected one of .*vgg19/)
  wrong([{ ...MODEL, ratePerSecond: 1e12 }], /ratePerSecond: expected a number of at most/)
  wrong([{ ...MODEL, target: {} }], /models\[0\]\.target/)
  wrong(
    [MODEL, { ...MODEL, arrivals: { trace: 'absent.txt' } }],
    /demand\.json: models\[1\]\.arrivals\.trace: expected the name of a file, found no file .*absent\.txt$/,
  )
  assert.throws(() => loadDemand('shufflenet/1:5@1001x'), /at most 1000, found 1001$/)
  const [{ targetUs, soloUs }] = loadDemand('shufflenet/1:5@9000ms').models
  assert.ok(targetUs === 9e6 && targetUs > 1000 * soloUs)
  assert.throws(
    () => loadDemand('vgg19:5'),
    /vgg19:5: expected a demand file, or models such as .*, found no such file/,
  )
})

test('demands are told from workloads', () => {
  assert.equal(isDemand('vgg19/8:60@5x'), true)
  assert.equal(isDemand('vgg19+albert@8'), false)
  assert.equal(isDemand(demandFile([MODEL])), true)
  assert.equal(isDemand(file('workload.json', '{"format":"eclip.workload/1"}')), false)
})

test('a misspelt demand is not taken for the name of a file', () => {
  for (const wrong of ['vgg19/8:120@8', 'vgg19/8:-1@8ms', 'vgg19/8:@5x'])
    assert.throws(() => loadDemand(`alexnet/8:20@5x+${wrong}`), {
      message: `alexnet/8:20@5x+${wrong}: expected MODEL/SAMPLES:RATE@TARGET, with a target as 5x or 8ms, found "${wrong}"`,
    })
  assert.throws(
    () => loadDemand('nosuch.json'),
    /expected a demand file, or models such as .*, found no such file/,
  )
})
