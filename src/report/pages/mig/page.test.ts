import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notablePairs } from '../../../mig/notable.js'
import { effort, problem, smallStudy } from '../../../mig/study.test.fixture.js'
import { checkPage } from '../../kit/markup.test.fixture.js'
import { migReport } from './page.js'
import { printedLines, studyText } from './text.js'

const study = await smallStudy()

test('the report is one page without references to other files', () => {
  const page = migReport(problem, study, { seed: '1' })
  checkPage(page)
  assert.match(page, /^<!DOCTYPE html>/)
  assert.match(page, /PARIS \+ ELSA/)
  assert.doesNotMatch(page, /(?:src|href)="(?!#)/)
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
