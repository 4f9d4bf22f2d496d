import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Scenario } from '../../../workload/scenario.js'
import { named, parseMarkup, textOf } from '../../kit/markup.test.fixture.js'
import { tinyScenario } from '../../tiny-mix.test.fixture.js'
import { latency } from './latency.js'
import { outcome } from './outcomes.test.fixture.js'

const outcomes = [
  outcome('baseline', { normalized: [0.2, 1], powerW: 600 }),
  outcome('windows', { normalized: [0.7, 0.8], powerW: 600 }),
]

const sectionOf = (scenario: Scenario, shown: readonly PolicyOutcome[] = outcomes) =>
  parseMarkup(`<section>${latency({ scenario, outcomes: shown }).body}</section>`)

test('the section explains targets only if somebody has one', () => {
  const [first, ...rest] = tinyScenario.workers
  const asked = { ...tinyScenario, workers: [{ ...first, p95TargetMs: 20 }, ...rest] }
  assert.match(textOf(sectionOf(asked)), /The dashed line is the target/)
  assert.doesNotMatch(textOf(sectionOf(tinyScenario)), /target/)
})

test('beside the p95 of a worker with a target stands the verdict', () => {
  const [base, other] = outcomes
  const [first, ...rest] = other.judgement.workers
  const p95Target = { asked: 20, margin: 0.3, verdict: 'met' } as const
  const judgement = { ...other.judgement, workers: [{ ...first, p95Target }, ...rest] }
  const values = named(sectionOf(tinyScenario, [base, { ...other, judgement }]), 'text')
    .filter(({ attributes }) => attributes.class?.startsWith('value'))
    .map(({ text }) => text)
  assert.deepEqual(values, ['50.0', '14.3, met', '10.0', '12.5'])
})

test('a bar more than four times as long as the median is cut off, and does not shrink the others', () => {
  // The p95 is 10 ms over the share, so these take 10, 12.5, 40 and 1000 ms, and the median is 26.25 ms.
  const shares = [1, 0.8, 0.25, 0.01]
  const shown = shares.map((share, i) => outcome(`p${i}`, { normalized: [share], powerW: 600 }))
  const one = { ...tinyScenario, workers: tinyScenario.workers.slice(0, 1) }
  const widths = named(sectionOf(one, shown), 'rect')
    .filter(({ attributes }) => attributes.style?.startsWith('fill') && attributes.x)
    .map(({ attributes }) => attributes.width)
  assert.deepEqual(widths, ['25.00%', '31.25%', '100.00%', '100.00%'])
})
