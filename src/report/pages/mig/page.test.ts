import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notablePairs } from '../../../mig/notable.js'
import { effort, problem, smallStudy } from '../../../mig/study.test.fixture.js'
import { percent, percentToTenths, significant } from '../../kit/index.js'
import { checkPage, elementsOf, named, textOf } from '../../kit/markup.test.fixture.js'
import { migReport } from './page.js'
import { printedLines, rateText, studyText } from './text.js'

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
