import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maximalLayouts } from '../../../mig/enumerate.js'
import { gpuNamed } from '../../../mig/gpus/registry.js'
import { notablePairs } from '../../../mig/notable.js'
import type { Partitioning } from '../../../mig/partitioners/partitioner.js'
import { effort, problem, smallStudy } from '../../../mig/study.test.fixture.js'
import { sum } from '../../../numbers.js'
import { percent, percentToTenths, significant } from '../../kit/index.js'
import {
  checkPage,
  elementsOf,
  factsOf,
  named,
  rowsOf,
  textOf,
} from '../../kit/markup.test.fixture.js'
import { migReport } from './page.js'
import { layoutsText, printedLines, rateText, studyText } from './text.js'

const study = await smallStudy()

test('the report is one page without references to other files', () => {
  const page = migReport(problem, study, { seed: '1' })
  checkPage(page)
  assert.match(page, /^<!DOCTYPE html>/)
  assert.match(page, /PARIS \+ ELSA/)
  assert.doesNotMatch(page, /(?:src|href)="(?!#)/)
})

test('the page names each pair that is worth seeing, with what it carries and its tails', () => {
  const root = checkPage(migReport(problem, study, { seed: '1' }))
  const notable = notablePairs(study)
  const section = (id: string) =>
    elementsOf(root).find(({ name, attributes }) => name === 'section' && attributes.id === id)!
  const [figure] = named(section('throughput'), 'svg')
  const labels = named(figure, 'text').map(textOf)
  const rows = named(section('tails'), 'tr').slice(1)
  assert.deepEqual(
    labels,
    notable.flatMap(({ partitioning, scheduler, capacity }) => [
      `${partitioning.name} + ${scheduler.name}`,
      rateText(capacity.ratePerS, capacity.halfWidthPerS),
    ]),
  )
  const ms = (us: number): string => significant(us / 1000)
  assert.deepEqual(
    rows.map(({ children }) => children.map(textOf)),
    notable.map(({ partitioning, scheduler, experience }) => [
      `${partitioning.name} + ${scheduler.name}`,
      ...[experience.p50Us, experience.p95Us, experience.p99Us].map(ms),
      percentToTenths(experience.lateShare),
      percent(experience.utilisation),
    ]),
  )
})

test('the head has the rate, the target, the instances and the loss by rounding, and a table tells why', () => {
  const page = checkPage(migReport(problem, study, { seed: '1' }))
  const { partitioning, printed, roundingLoss, segments } = study.plan
  const [own] = study.pairs
  const { distribution, slaUs } = problem
  const countOf = ({ partitions }: Partitioning, wanted: string): number =>
    partitions.filter(({ name }) => name === wanted).length
  const held = segments.map(({ size }) => [countOf(partitioning, size.name), size.name] as const)
  assert.deepEqual(factsOf(page), [
    ['PARIS + ELSA', `${significant(own.capacity.ratePerS)}/s`, 'requests within the target'],
    ['Target', `${significant(slaUs / 1000)} ms`, 'for 95% of requests'],
    [
      'Instances',
      `${partitioning.partitions.length}`,
      held.flatMap(([count, name]) => (count > 0 ? [`${count}x${name}`] : [])).join(' + '),
    ],
    ['Lost to rounding', percentToTenths(roundingLoss), 'against fractional layouts'],
  ])
  const [titles, ...rows] = rowsOf(page, 'Knees, segments, demand and instances')
  assert.deepEqual(titles, [
    ...['Size', 'CUs', 'Knee batch', 'Batches', 'Requests', 'R µs/request', 'Fractional'],
    ...['As printed', 'Chosen'],
  ])
  assert.deepEqual(
    rows,
    segments.map(({ size, kneeBatch, from, to, demandUs, fractional }) => {
      const batches = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
      return [
        ...[size.name, `${size.cus}`, `${kneeBatch}`],
        batches.length === 0 ? 'none' : `${from}–${to}`,
        percent(sum(batches.map((batch) => distribution[batch]))),
        ...[significant(demandUs), fractional.toFixed(2)],
        ...[printed, partitioning].map((of) => `${countOf(of, size.name)}`),
      ]
    }),
  )
})

test('the grid of all pairs has the rate of each at its partitioner and its scheduler', () => {
  const root = checkPage(migReport(problem, study, { seed: '1' }))
  const pairs = elementsOf(root).find(({ attributes }) => attributes.id === 'pairs')!
  assert.deepEqual(
    named(pairs, 'tspan')
      .map(({ text }) => text)
      .filter((text) => text.includes(':')),
    study.pairs.map(
      ({ partitioning, scheduler, capacity }) =>
        `${partitioning.name}, ${scheduler.name}: ${significant(capacity.ratePerS)}`,
    ),
  )
})

test('a pair that was not run leaves its cell empty', () => {
  const [own] = study.pairs
  const pairs = study.pairs.filter(
    ({ partitioning, scheduler }) => partitioning !== own.partitioning || scheduler.name !== 'fifs',
  )
  const text = studyText(problem, effort, { ...study, pairs }, { colours: 'plain' })
  const rates = study.pairs.slice(0, 3).map(({ capacity }) => significant(capacity.ratePerS))
  const [row] = text.split('\n').filter((line) => line.startsWith('paris  '))
  assert.deepEqual(row.split(/ {2,}/).slice(0, 3), ['paris', rates[0], rates[2]])
})

test('the layouts of a GPU: its profiles, then each layout with its number', () => {
  const gpu = gpuNamed('a30')
  const text = layoutsText(gpu, maximalLayouts(gpu).slice(0, 2), 4, { colours: 'plain' })
  const lines = text.split('\n').map((line) => line.trim().split(/ {2,}/))
  assert.deepEqual(lines, [
    ['NVIDIA A30 24GB: 56 CUs, 24 GB'],
    [''],
    ['memory', 'memory'],
    ['profile', 'id', 'GB', 'CUs', 'slices', 'starts', 'most'],
    ['1g.6gb', '14', '6', '14', '1', '0 1 2 3', '4'],
    ['1g.6gb+me', '21', '6', '14', '1', '0 1 2 3', '1'],
    ['2g.12gb', '5', '12', '28', '2', '0 2', '2'],
    ['2g.12gb+me', '6', '12', '28', '2', '0 2', '1'],
    ['4g.24gb', '0', '24', '56', '4', '0', '1'],
    [''],
    [
      '2 legal layouts to which nothing can be added (standard profiles), 4 of them with different instances',
    ],
    ['1', '4g.24gb@0'],
    ['2', '2g.12gb@0 2g.12gb@2'],
    [''],
    ...gpu.provenance.map((line) => [`source: ${line}`]),
  ])
})

test('the text says among how many roundings simulation chose', () => {
  const { plan } = study
  const said = (candidates: number): string | undefined => {
    const fewer = { ...plan, candidates: plan.candidates.slice(0, candidates) }
    const text = studyText(problem, effort, { ...study, plan: fewer }, { colours: 'plain' })
    return /^chosen by simulation over (.*)$/m.exec(text)?.[1]
  }
  assert.equal(said(1), '0 other roundings of the ILP')
  assert.equal(said(2), '1 other rounding of the ILP')
  assert.equal(said(3), '2 other roundings of the ILP')
})

test('the text names every pair, the plan and the gap', () => {
  const text = studyText(problem, effort, study, { colours: 'plain' })
  const [pairs] = /^partitioner +elsa +fifs +batching +instances\n(?:.+\n)+/m.exec(text) ?? ['']
  assert.equal(pairs.trimEnd().split('\n').length, 1 + 7)
  assert.match(text, /rounding to whole legal layouts loses \d+\.\d%/)
  assert.match(text, /^exact check: 14 sets of legal layouts/m)
  assert.match(text, /fractional +printed +chosen/)
  assert.match(text, /^paris \+ elsa[\s\S]*tails and use at [\d\s]+ requests\/s/m)
  const equal = notablePairs(study).filter(({ partitioning }) => /^\dx/.test(partitioning.name))
  assert.ok(equal.length >= 2, 'the best and the worst equal layout')
})

test('PARIS as printed stands beside the best equal layout, in the text and on the page', () => {
  const [line] = printedLines(study)
  const rates = [...line.matchAll(/carries ([\d .]+)/g)].map(([, rate]) => rate)
  assert.match(line, /^PARIS as printed, .+ \+ elsa, carries .+; the best equal layout, \d+x/)
  assert.equal(rates.length, 2)
  assert.ok(migReport(problem, study, { seed: '1' }).includes('PARIS as printed, '))
  const without = study.pairs.filter(({ partitioning }) => partitioning.name !== 'paris-printed')
  assert.deepEqual(printedLines({ pairs: without }), [])
})
