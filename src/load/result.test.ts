import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelLoad } from './model-load.js'
import { loadResult, loadResultSchema } from './result.js'
import type { Measurement } from './run.js'
import { latencyHistogram, recordUs, Tally } from './tally.js'

const RECORD = { url: 'http://here', seed: 3, warmupS: 1 }
const LOAD: ModelLoad = {
  ...{ model: 'm', samples: 2, quantile: 0.95 },
  arrivals: { kind: 'open', ratePerS: 50, process: { kind: 'poisson' } },
}

function resultOf(load: ModelLoad, tally: Tally, measured: Partial<Measurement> = {}) {
  const rest = { lag: latencyHistogram(), measuredS: 20, interrupted: false }
  return loadResultSchema.parse(
    loadResult(RECORD, [load], { tallies: [tally], ...rest, ...measured }),
  )
}

/** Every whole number of ms up to a second, once, in µs. */
const MILLISECONDS = Array.from({ length: 1000 }, (_, i) => (i + 1) * 1000)

/** Histograms keep three digits. */
function areClose(found: object, expected: Readonly<Record<string, number>>): void {
  assert.deepEqual(Object.keys(found), Object.keys(expected))
  for (const [name, value] of Object.entries(found)) {
    assert.ok(Math.abs(value / expected[name] - 1) < 2e-3, `${name}: ${value}`)
  }
}

test('latencies, lag and rates are told in ms and per second, in every percentile', () => {
  const tally = new Tally(250_000)
  const lag = latencyHistogram()
  for (const us of MILLISECONDS) {
    tally.left(us / 1e6)
    tally.ended(us / 1e6, { ending: 'answered', reason: '' }, us)
    recordUs(lag, us / 10)
  }
  tally.answeredInWindow = 900
  tally.close(1, '')
  const result = resultOf({ ...LOAD, targetMs: 250 }, tally, { lag })
  areClose(result.lagMs, { p50: 50, p99: 99, max: 100 })
  const [{ latencyMs, sentPerS, answeredPerS, target, sent, answered }] = result.models
  areClose(latencyMs!, {
    ...{ mean: 500.5, p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, max: 1000 },
  })
  assert.deepEqual([sent, answered, sentPerS, answeredPerS], [1000, 1000, 50, 45])
  assert.deepEqual(target, { ms: 250, quantile: 0.95, attainment: 0.25 })
})

test('a load of which nothing was measured has rates and attainment of 0, and no latencies', () => {
  const tally = new Tally(1000)
  const { models, interrupted, lagMs } = resultOf({ ...LOAD, targetMs: 1, version: '2' }, tally, {
    ...{ measuredS: 0, interrupted: true },
  })
  const { sentPerS, answeredPerS, latencyMs, target, version } = models[0]
  assert.deepEqual([sentPerS, answeredPerS, latencyMs, version], [0, 0, undefined, '2'])
  assert.deepEqual([target?.attainment, interrupted], [0, true])
  assert.deepEqual(lagMs, { p50: 0, p99: 0, max: 0 })
  assert.equal('target' in resultOf(LOAD, tally).models[0], false)
})

test('arrivals are told as they were asked for, and a trace by the name of its file', () => {
  const told = (arrivals: ModelLoad['arrivals']) =>
    resultOf({ ...LOAD, arrivals }, new Tally(1)).models[0].arrivals
  assert.deepEqual(told({ kind: 'closed', concurrency: 4 }), { kind: 'closed', concurrency: 4 })
  assert.deepEqual(told(LOAD.arrivals), { kind: 'poisson', ratePerS: 50 })
  const gamma = { kind: 'gamma', coefficientOfVariation: 2 } as const
  assert.deepEqual(told({ kind: 'open', ratePerS: 5, process: gamma }), { ...gamma, ratePerS: 5 })
  const trace = { kind: 'trace', file: 't.txt', timesS: [0, 1] } as const

  assert.deepEqual(told({ kind: 'open', ratePerS: 5, process: trace }), {
    ...{ kind: 'trace', file: 't.txt', ratePerS: 5 },
  })
})
