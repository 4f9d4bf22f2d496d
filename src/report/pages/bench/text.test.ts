import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarize } from '../../../bench/summary.js'
import { benchText } from './text.js'

const SOLO_RATES = [100, 40]

function summaryOf(name: string, rates: readonly number[], failed?: string) {
  const workers = rates.map((requestsPerSecond, w) => ({
    requestsPerSecond,
    p50Ms: 5,
    p95Ms: 10 + w,
    p99Ms: 20,
  }))
  const windows = failed === undefined ? [{ seconds: 2, workers, powerW: 500 }] : []
  return summarize({ name, windows, failed }, SOLO_RATES)
}

test('contestants are compared with the first, and the p95 is that of its slowest worker', () => {
  const summaries = [summaryOf('baseline', [50, 10]), summaryOf('windows', [60, 20])]
  const workers = ['vgg19/8', 'albert/1']
  const result = { workers, soloRates: SOLO_RATES, summaries }
  const lines = benchText(result, { colours: 'plain' }).split('\n')
  assert.match(lines[1], /albert\/1$/)
  const windows = lines.find((line) => line.startsWith('windows'))!
  assert.deepEqual(windows.split(/ +/), [
    'windows',
    '1.100',
    '0.0%',
    'n/a',
    '+47%',
    '500',
    '+47%',
    '0.500',
    '11.00',
  ])
  assert.equal(lines.at(-1), 'requests/s alone: vgg19/8 100.0, albert/1 40.0')
})

test('why a contestant failed is on a line of its own', () => {
  const summaries = [summaryOf('baseline', [50, 10]), summaryOf('mps-40', [], 'no MPS')]
  const result = { workers: ['a', 'b'], soloRates: SOLO_RATES, summaries }
  const lines = benchText(result, { colours: 'plain' }).split('\n')
  assert.ok(lines.some((line) => /^mps-40 +n\/a/.test(line)))
  assert.equal(lines.at(-1), 'mps-40 failed: no MPS')
})
