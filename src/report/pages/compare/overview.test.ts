import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import { named, parseMarkup, textOf } from '../../kit/markup.test.fixture.js'
import { tinyScenario } from '../../tiny-mix.test.fixture.js'
import { outcome } from './outcomes.test.fixture.js'
import { overview } from './overview.js'

const outcomes = [
  outcome('baseline', { normalized: [0.2, 1], powerW: 600 }),
  outcome('windows', { normalized: [0.7, 0.8], powerW: 600 }),
]

const sectionOf = (shown: readonly PolicyOutcome[]) =>
  parseMarkup(`<section>${overview({ scenario: tinyScenario, outcomes: shown }).body}</section>`)

/** The texts of the table, by row and column; its heading is the first row. */
const cellsOf = (shown: readonly PolicyOutcome[]) =>
  named(sectionOf(shown), 'tr').map(({ children }) => children.map(textOf))

test('targets and headroom have columns if there are targets, and if all loads are open', () => {
  const titles = cellsOf(outcomes)[0]
  const judged = outcomes.map((one) => {
    const [first, ...rest] = one.judgement.workers
    const p95Target = { asked: 20, margin: 0.3, verdict: 'met' } as const
    return { ...one, judgement: { ...one.judgement, workers: [{ ...first, p95Target }, ...rest] } }
  })
  const open = outcomes.map((one) => ({ ...one, judgement: { ...one.judgement, headroom: 1.5 } }))
  assert.deepEqual(cellsOf(judged)[0].toSpliced(1, 1), titles)
  assert.deepEqual(
    cellsOf(judged).map((row) => row[1]),
    ['Targets', 'met', 'met'],
  )
  assert.deepEqual(cellsOf(open)[0].toSpliced(1, 1), titles)
  assert.deepEqual(
    cellsOf(open).map((row) => row[1]),
    [' Headroomtimes the load', '1.50', '1.50'],
  )
})

test('a metric is the mean of the runs, then how it compares with baseline, then its range', () => {
  const [base, other] = outcomes
  const lowest = { ...other.metrics, weightedSpeedup: 1.4, fairness: 0.8 }
  const highest = { ...other.metrics, weightedSpeedup: 1.6 }
  const [, first, second] = cellsOf([base, { ...other, lowest, highest }])
  assert.deepEqual(first.slice(0, 4), ['baseline', '1.20reference', '0.20', '0.20'])
  assert.deepEqual([first.at(-2), second.at(-2)], ['1.00', '0.77'])
  assert.deepEqual(second.slice(0, 4), ['windows', '1.50+25%1.40–1.60', '0.70', '0.870.80–0.87'])
})

test('notes name the policies that switch all the time, and those that starve a worker', () => {
  const [base, other] = outcomes
  const switching = (switchesPerRequest: number): PolicyOutcome => ({
    ...other,
    metrics: {
      ...other.metrics,
      workers: other.metrics.workers.map((worker) => ({ ...worker, switchesPerRequest })),
    },
  })
  const [first, ...rest] = base.metrics.workers
  const starving = {
    ...base,
    metrics: { ...base.metrics, workers: [{ ...first, p95Ms: Number.NaN }, ...rest] },
  }
  assert.match(textOf(sectionOf([base, switching(51)])), /on average: windows 51\./)
  assert.match(textOf(sectionOf([starving, other])), /n\/a: under baseline some worker finished/)
  assert.doesNotMatch(textOf(sectionOf([base, switching(50)])), /on average|n\/a:/)
})
