import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import type { LoadResult, ModelResult } from '../../../load/result.js'
import { latencyHistogram, recordUs } from '../../../load/tally.js'
import { checkPage, factsOf, named, parseMarkup, rowsOf } from '../../kit/markup.test.fixture.js'
import { loadReport } from './page.js'
import { attainmentText, lagText, loadTable, reasonLines } from './text.js'

const PLAIN = { colours: 'plain' } as const

/** A model whose answered requests took 1, 2, 3, … ms. */
function modelResult(answered: number, more: Partial<ModelResult> = {}): ModelResult {
  const histogram = latencyHistogram()
  for (let i = 1; i <= answered; i++) recordUs(histogram, i * 1000)
  const latencyMs = { mean: 1, p50: 1, p90: 1, p95: 2.345, p99: 3, p999: 3, max: 4 }
  const rest = { refused: 3, dropped: 0, failed: 1 }
  return {
    model: 'a<b',
    samples: 1,
    arrivals: { kind: 'poisson', ratePerS: 120 },
    sent: answered + 4,
    answered,
    ...rest,
    reasons: { 'HTTP 429 full': 3, 'HTTP 500 <b>': 1 },
    sentPerS: 120,
    answeredPerS: 100,
    ...(answered > 0 && { latencyMs }),
    target: { ms: 20, quantile: 0.99, attainment: 0.98999 },
    histogram: encodeIntoCompressedBase64(histogram),
    seconds: [
      {
        sent: 3,
        answered: 3,
        ...rest,
        ...(answered > 0 && { latencyMs: { p50: 1, p95: 2, p99: 3 } }),
      },
      { sent: 1, answered: 0, refused: 0, dropped: 0, failed: 0 },
    ],
    ...more,
  }
}

function resultOf(...models: ModelResult[]): LoadResult {
  return {
    format: 'eclip.load/1',
    url: 'http://host:8000',
    seed: 1,
    warmupS: 1,
    measuredS: 2,
    interrupted: false,
    lagMs: { p50: 0.01, p99: 0.2, max: 0.5 },
    models,
  }
}

test('the page is well-formed and holds every model, reason and number', () => {
  const page = loadReport(resultOf(modelResult(200), modelResult(0, { model: 'idle' })))
  const root = parseMarkup(page.replace(/^<!DOCTYPE html>/, ''))
  assert.equal(named(root, 'section').length, 4)
  for (const text of ['a&lt;b', 'idle', 'HTTP 500 &lt;b&gt;', '2.35', '98.99%', '0 of 2 targets']) {
    assert.ok(page.includes(text), text)
  }
  for (const path of named(root, 'path')) assert.doesNotMatch(path.attributes.d, /NaN|Infinity/)
  assert.doesNotMatch(page, /NaN|Infinity|undefined/)
})

test('the page has the figures of the run and of each model', () => {
  const met = { ms: 20, quantile: 0.95, attainment: 0.96 }
  const models = [modelResult(5), modelResult(0, { model: 'idle', target: undefined })]
  models.push(modelResult(1200, { model: 'c', target: met, sent: 1500 }))
  const page = checkPage(loadReport(resultOf(...models)))
  assert.deepEqual(factsOf(page), [
    ['Answered', '300/s', '1\u{202F}205 of 1\u{202F}513 requests'],
    ['Measured', '2 s', 'after 1 s of warm-up, seed 1'],
    ['Sender’s lag, p99', '0.200 ms', 'the load was as asked'],
  ])
  const load = '120/s poisson'
  assert.deepEqual(rowsOf(page, 'Requests by how they ended'), [
    ...[['Model', 'Load', 'Sent', 'Answered', 'Refused', 'Dropped', 'Failed']].map((titles) => [
      ...titles,
      ...['p50 ms', 'p95 ms', 'p99 ms', 'Most ms', 'In time'],
    ]),
    ...[['a<b', load, '9', '5', '3', '0', '1', '1.00', '2.35', '3.00', '4.00']].map((cells) => [
      ...cells,
      '98.99%missed99% ≤ 20 ms',
    ]),
    ['idle', load, '4', '0', '3', '0', '1', '–', '–', '–', '–', '–'],
    ...[['c', load, '1\u{202F}500', '1\u{202F}200', '3', '0', '1']].map((cells) => [
      ...cells,
      ...['1.00', '2.35', '3.00', '4.00', '96.00%met95% ≤ 20 ms'],
    ]),
  ])
  const tones = named(page, 'small').flatMap(({ attributes, text }) =>
    attributes.class ? `${text} is ${attributes.class}` : [],
  )
  assert.deepEqual(tones, ['missed is bad', 'met is good'])
})

test('charts name their axes, their lines and the target', () => {
  const page = checkPage(loadReport(resultOf(modelResult(200))))
  const [, latency, time, throughput] = named(page, 'section').map((section) => ({
    texts: named(section, 'text').map(({ text }) => text),
    legend: named(section, 'li').map(({ text }) => text),
  }))
  const has = ({ texts }: { texts: string[] }, ...wanted: string[]): void => {
    for (const text of wanted) assert.ok(texts.includes(text), `${text} among ${texts}`)
  }
  has(latency, 'percentile', 'latency, ms', '50', '75', '90', '95', '99')
  has(time, 'time, s', 'latency, ms', 'target')
  has(throughput, 'time, s', 'requests/s')
  assert.deepEqual(
    [latency, time, throughput].map(({ legend }) => legend),
    [['a<b'], ['p50', 'p95', 'p99'], ['a<b']],
  )
})

test('percentiles are only drawn as far as there are requests for them', () => {
  const ticks = (answered: number): string[] => {
    const root = parseMarkup(
      loadReport(resultOf(modelResult(answered))).replace(/^<!DOCTYPE html>/, ''),
    )
    const chart = named(root, 'section')[1]
    return named(chart, 'text').map(({ text }) => text)
  }
  assert.ok(ticks(200).includes('99') && !ticks(200).includes('99.9'))
  assert.ok(ticks(20_000).includes('99.99'))
})

test('the table has a row for each model, and a share that misses a request is never 100%', () => {
  const table = loadTable(resultOf(modelResult(5)), PLAIN)
  assert.match(
    table,
    /a<b +120\/s poisson +9 +5 +100 +3 +0 +1 +1\.00 +2\.35 +3\.00 +4\.00 +98\.99% ≤ 20 ms: missed/,
  )
  assert.equal(attainmentText(modelResult(1, { target: undefined })), '–')
  const nearly = { ms: 20, quantile: 0.99, attainment: 0.999999 }
  assert.equal(attainmentText(modelResult(1, { target: nearly })), '99.99% ≤ 20 ms: met')
  assert.deepEqual(reasonLines(resultOf(modelResult(1))), [
    'a<b: 3 × HTTP 429 full',
    'a<b: 1 × HTTP 500 <b>',
  ])
})

test('a sender that was late is reported', () => {
  assert.doesNotMatch(lagText(resultOf(modelResult(1))), /held the load up/)
  const late = { ...resultOf(modelResult(1)), lagMs: { p50: 0, p99: 1.01, max: 2 } }
  assert.match(lagText(late), /1\.01 ms \(p99\).*held the load up/)
  const latencyMs = { mean: 99, p50: 99, p90: 99, p95: 99, p99: 99, p999: 99, max: 99 }
  const slow = { ...late, models: [{ ...modelResult(1), latencyMs }] }
  assert.doesNotMatch(
    lagText(slow),
    /held the load up/,
    'a lag that is nothing beside the latencies',
  )
})
