import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadResult, ModelResult } from '../../../load/result.js'
import { attainmentText, failureText, isHeldUp, lagText, loadTable, loadText } from './text.js'

/** A result of which only these fields are read. */
const modelOf = (fields: Partial<ModelResult>) => fields as ModelResult
const resultOf = (fields: object) => ({ url: 'http://host', ...fields }) as LoadResult

test('a load is named by its rate and how its requests are spaced, or by how many are under way', () => {
  const named = (arrivals: ModelResult['arrivals']) => loadText(modelOf({ arrivals }))
  assert.equal(named({ kind: 'poisson', ratePerS: 200 }), '200/s poisson')
  assert.equal(named({ kind: 'gamma', ratePerS: 50, coefficientOfVariation: 3 }), '50/s cv 3')
  assert.equal(named({ kind: 'trace', ratePerS: 80, file: 'x' }), '80/s trace')
  assert.equal(named({ kind: 'closed', concurrency: 4 }), 'closed, 4 at a time')
})

test('each number of the table stands under its title', () => {
  const model = modelOf({
    ...{ model: 'm', arrivals: { kind: 'closed', concurrency: 4 } },
    ...{ sent: 26, answered: 11, answeredPerS: 7.5, refused: 8, dropped: 5, failed: 2 },
    latencyMs: { mean: 1, p50: 2, p90: 3, p95: 4, p99: 5, p999: 6, max: 7 },
    target: { ms: 20, quantile: 0.99, attainment: 0.5 },
  })
  const unanswered = { ...model, latencyMs: undefined }
  const narrow = { colours: 'plain', columns: 20 } as const
  const lines = loadTable(resultOf({ models: [model, unanswered] }), narrow).split('\n')
  assert.deepEqual(
    lines.slice(0, 14).map((line) => line.trim().replace(/ {2,}/, ': ')),
    [
      ...['model', 'm', 'load: closed, 4 at a time', 'sent: 26', 'answered: 11', '/s: 7.50'],
      ...['refused: 8', 'dropped: 5', 'failed: 2'],
      ...['p50 ms: 2.00', 'p95 ms: 4.00', 'p99 ms: 5.00', 'most ms: 7.00'],
      'in time: 50.00% ≤ 20 ms: missed',
    ],
  )
  assert.equal(lines.filter((line) => /^ {2}\w+ ms +–$/.test(line)).length, 4)
})

test('a target is met from its quantile on', () => {
  const said = (attainment: number) =>
    attainmentText(modelOf({ target: { ms: 20, quantile: 0.99, attainment } }))
  assert.equal(said(0.99), '99.00% ≤ 20 ms: met')
  assert.match(said(0.9899), /: missed$/)
  assert.equal(attainmentText(modelOf({})), '–')
})

test('a load has failed if it was sent and nothing was answered, and the most frequent reason is named', () => {
  const failing = { sent: 3, answered: 0, reasons: { 'HTTP 500': 1, refused: 2 } }
  const other = { sent: 5, answered: 0, reasons: { timeout: 5 } }
  const said = (...models: object[]) => failureText(resultOf({ models }))
  assert.equal(said(failing), 'http://host answered none of 3 requests, most often: refused')
  assert.match(said(failing, other)!, /none of 8 requests, most often: timeout$/)
  assert.match(said(failing, other, failing, failing)!, /none of 14 requests, most often: refused$/)
  assert.equal(said(failing, { sent: 1, answered: 1, reasons: {} }), undefined)
  assert.equal(said({ sent: 0, answered: 0, reasons: {} }), undefined)
})

test('a sender holds a load up if it is late by more than a millisecond and a twentieth of any median', () => {
  const held = (p99: number, ...mediansMs: (number | undefined)[]) => {
    const models = mediansMs.map((p50) => ({ latencyMs: p50 === undefined ? undefined : { p50 } }))
    return isHeldUp(resultOf({ models, lagMs: { p50: 0, p99, max: p99 } }))
  }
  assert.deepEqual([held(1, 10), held(1.01, 10)], [false, true])
  // The twentieth of 40 ms are 2 ms; the shortest median counts.
  assert.deepEqual([held(2, 40, 100), held(2.01, 40, 100)], [false, true])
  assert.deepEqual([held(1, undefined), held(1.01, undefined), held(1.01)], [false, true, true])
  const lagMs = { p50: 0.5, p99: 2, max: 3 }
  const late = lagText(resultOf({ models: [], lagMs }))
  assert.match(
    late,
    /^Requests left 0\.5\d* ms \(p50\), 2\.\d* ms \(p99\), 3\.\d* ms \(most\) after they were due: the sender or its connections held the load up$/,
  )
  assert.doesNotMatch(lagText(resultOf({ models: [], lagMs: { ...lagMs, p99: 0.5 } })), /held/)
})
