import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../../device/catalog/h200.js'
import { mi50 } from '../../../device/catalog/mi50.js'
import type { Verdict } from '../../../plan/judgement.js'
import { textTable } from '../../kit/text-table.js'
import { outcome } from './outcomes.test.fixture.js'
import { glossary, policyTable, targetsCell, workerTable } from './terminal.js'

const outcomes = [
  outcome('baseline', { normalized: [0.2, 1], powerW: 600 }),
  outcome('windows', { normalized: [0.7, 0.8], powerW: 500 }),
]

test('numbers are aligned to the right, names to the left', () => {
  const lines = textTable(
    ['name', 'n'],
    [
      ['a', '1'],
      ['long', '1000'],
    ],
    { colours: 'plain' },
  ).split('\n')
  assert.deepEqual(lines, ['name     n', 'a        1', 'long  1000', ''])
})

test('a policy has one row, with its change relative to baseline', () => {
  const text = policyTable(outcomes, { colours: 'plain' })
  const [row] = text.split('\n').filter((line) => line.startsWith('windows'))
  assert.deepEqual(row.split(/ +/), [
    'windows',
    '1.50',
    '+25%',
    '0.70',
    '0.87',
    '150',
    '1\u{202F}200',
    '0.77x',
    '500',
    '+50%',
    '0',
  ])
  assert.match(text, /^baseline .* - /m)
  assert.ok(
    text.split('\n').every((line) => line.length <= 100),
    'fits a terminal of 100 columns',
  )
})

test('the words explain the measure in the table', () => {
  const open = outcomes.map((one) => ({
    ...one,
    judgement: { ...one.judgement, headroom: 1.5 },
  }))
  for (const [shown, measure, other] of [
    [outcomes, 'weighted speedup', 'headroom'],
    [open, 'headroom', 'weighted speedup'],
  ] as const) {
    const words = glossary(h200, shown)
    assert.match(words, new RegExp(`^${measure} `, 'm'))
    assert.doesNotMatch(words, new RegExp(`^${other} `, 'm'))
  }
  assert.match(glossary(h200, outcomes), /: h200 has 16, of 8 and 12 compute units$/)
  assert.match(glossary(mi50, outcomes), /: mi50 has 60, of 1 compute unit$/)
})

test('a cell says how many targets have the worst verdict, or that somebody is overloaded', () => {
  const [{ judgement }] = outcomes
  const [worker] = judgement.workers
  const saying = (...verdicts: (Verdict | 'overload' | undefined)[]) =>
    targetsCell({
      ...judgement,
      workers: verdicts.map((verdict) => ({
        ...worker,
        isOverloaded: verdict === 'overload',
        ...(verdict !== undefined &&
          verdict !== 'overload' && { p95Target: { asked: 8, margin: 0.1, verdict } }),
      })),
    })
  assert.equal(saying(undefined), '')
  assert.equal(saying('met', 'met'), 'met')
  assert.equal(saying('met', 'missed', 'unclear', 'missed'), '2 missed')
  assert.equal(saying('met', 'met', 'unclear'), '1 unclear')
  assert.equal(saying('missed', 'overload'), 'overload')
})

test('there are colours only if they are asked for', () => {
  const colour = '\u{1B}['
  assert.ok(policyTable(outcomes, { colours: 'ansi' }).includes(colour))
  assert.ok(!policyTable(outcomes, { colours: 'plain' }).includes(colour))
})

test('workers are rows, policies are columns, and throughput comes before p95', () => {
  const text = workerTable(outcomes, { colours: 'plain' })
  const rows = text.split('\n').filter((line) => line.startsWith('stairs/8'))
  assert.deepEqual(
    rows.map((row) => row.split(/\s+/)),
    [
      ['stairs/8', '0.20', '0.70'],
      ['stairs/8', '50.0', '14.3'],
    ],
  )
})
