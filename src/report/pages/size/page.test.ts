import assert from 'node:assert/strict'
import { test } from 'node:test'
import { a100 } from '../../../device/catalog/a100.js'
import type { Demand } from '../../../workload/demand.js'
import {
  checkPage,
  type Element,
  factsOf,
  named,
  rowsOf,
  textOf,
} from '../../kit/markup.test.fixture.js'
import { sizeReport } from './page.js'
import { NOTHING, sizeResult } from './sizing.test.fixture.js'

const chartsOf = (element: Element): Element[] =>
  named(element, 'svg').filter(({ attributes }) => attributes.role === 'img')

const rootOf = (page: string) => checkPage(page.replace(/^<!DOCTYPE html>/, ''))

test('the page is well-formed and holds the plan, the curves, both simulators and the energy', () => {
  const page = sizeReport(sizeResult())
  const root = rootOf(page)
  assert.deepEqual(
    named(root, 'section').map(({ attributes }) => attributes.id),
    ['plan', 'latency', 'attainment', 'check'],
  )
  for (const text of ['a&lt;b', '1.50×', '0.321 J', 'simulated; nothing was measured', '0.3 ms']) {
    assert.ok(page.includes(text), text)
  }
  assert.equal(chartsOf(root).length, 3)
  const check = textOf(named(root, 'section')[3])
  for (const text of ['99.99%', '98.50%', '4.00', '5.50']) assert.ok(check.includes(text), text)
})

test('the head has the goodput, the GPUs and the energy, and the tables what both simulators say', () => {
  const page = rootOf(sizeReport(sizeResult()))
  assert.deepEqual(factsOf(page), [
    ['Goodput', '1.50×', 'the demand, within all targets'],
    ['GPUs needed', '1', 'with an even part of the requests each'],
    ['First to miss', 'c', 'as the load grows'],
    ['Energy', '0.321 J', 'a request, at 1.50 times the demand'],
  ])
  assert.deepEqual(rowsOf(page, 'Both simulators at 1.50 times the demand'), [
    [
      'Model',
      ...['In time request level', 'In time kernel level'],
      ...['p95, ms request level', 'p95, ms kernel level', 'Energy of a request J'],
    ],
    ['a<b', '99.99%', '100.00%', '4.00', '4.40', '0.200'],
    ['c', '99.99%', '98.50%', '4.00', '5.50', '0.442'],
  ])
})

test('every latency chart has its target as a line', () => {
  const charts = chartsOf(named(rootOf(sizeReport(sizeResult())), 'section')[1])
  assert.equal(charts.length, 2)
  for (const chart of charts) {
    const texts = named(chart, 'text').map(({ text }) => text)
    assert.ok(texts.includes('target') && texts.includes('goodput'))
    assert.ok(texts.includes('10'), 'the axis reaches up to the target')
  }
})

test('shares in time are drawn in percent over a round floor, beside the shares asked and the goodput', () => {
  const { plan } = sizeResult().sizing
  const models = plan.models.map((model, m) => ({ ...model, quantile: [0.99, 0.9][m] }))
  const page = sizeReport(sizeResult({ plan: { ...plan, models } }))
  const [chart] = chartsOf(named(rootOf(page), 'section')[2])
  const ofClass = (name: string): Element['attributes'][] =>
    named(chart, 'line').flatMap(({ attributes }) =>
      attributes.class === name ? [attributes] : [],
    )
  // The fixture's least share is 1/6, so the axis has lines at 20, 40, 60, 80 and 100, and begins at 10.
  const grid = ofClass('grid').map(({ y1 }) => Number(y1))
  assert.equal(grid.length, 5)
  const percentAt = (y: string): number =>
    Math.round(20 + (80 * (grid[0] - Number(y))) / (grid[0] - grid[4]))
  assert.equal(percentAt(ofClass('axis')[0].y1), 10)
  const dots = named(chart, 'circle').map(({ attributes }) => attributes)
  assert.deepEqual(
    dots.map(({ cy }) => percentAt(cy)),
    [100, 100, 100, 100, 33, 17],
  )
  const references = ofClass('reference')
  assert.deepEqual(
    references.slice(0, 2).map(({ y1 }) => percentAt(y1)),
    [99, 90],
  )
  assert.equal(references[2].x1, dots[1].cx, 'the goodput is 1.5, the load of the second dots')
  const labels = named(chart, 'text').map(({ text }) => text)
  for (const label of ['asked: 99%', 'asked: 90%', 'goodput']) assert.ok(labels.includes(label))
})

test('if hardly a request is late, the axis begins at 90%', () => {
  const page = sizeReport(sizeResult({ curve: sizeResult().sizing.curve.slice(0, 1) }))
  const [chart] = chartsOf(named(rootOf(page), 'section')[2])
  const labels = named(chart, 'text').map(({ text }) => text)
  assert.ok(labels.includes('90') && !labels.includes('88'), `${labels}`)
})

test('the page of a demand that no plan carries contains only proper numbers', () => {
  const { sizing } = sizeResult()
  const nothing = sizing.models.map((model) => ({ ...model, ...NOTHING }))
  const page = sizeReport(
    sizeResult({
      goodput: 0,
      gpus: null,
      models: nothing,
      doubled: nothing,
      requestLevel: nothing,
      curve: [0.25, 2].map((load) => ({ load, models: nothing })),
      remedies: [{ kind: 'second-gpu', goodput: 0 }],
      check: {
        load: 0.01,
        attainment: [0, 0],
        p95Ms: [Number.NaN, Number.NaN],
        answered: [0, 0],
        modelJoulesPerRequest: [Number.NaN, Number.NaN],
        powerW: 100,
        joulesPerRequest: Number.POSITIVE_INFINITY,
      },
    }),
  )
  const root = rootOf(page)
  const words = ['none carry it', 'less than 1% of it can be carried', 'Neither a target']
  for (const text of words) assert.ok(page.includes(text), text)
  const labels = named(root, 'text').map(({ text }) => text)
  assert.ok(!labels.includes('goodput'))
})

test('the cost of an addition has a section of its own', () => {
  const page = sizeReport({
    ...sizeResult(),
    addition: {
      added: ['c'],
      goodputBefore: 3,
      goodputAfter: 1.5,
      models: [{ name: 'a<b', p95BeforeMs: 1.25, p95AfterMs: Number.NaN }],
    },
  })
  const section = named(rootOf(page), 'section').find(
    ({ attributes }) => attributes.id === 'addition',
  )
  assert.match(textOf(section!), /Without c 3\.00 times the demand fits, with it 1\.50 times/)
  assert.match(textOf(section!), /1\.25\s*n\/a/)
})

test('the page of a modelled device says so', () => {
  const result = sizeResult()
  const words = 'nothing was measured, and the a100 is modelled'
  assert.ok(!sizeReport(result).includes('is modelled'))
  assert.ok(sizeReport({ ...result, demand: { ...result.demand, device: a100 } }).includes(words))
})

test('the page names the models for which the effect of a share of MPS is guessed', () => {
  const result = sizeResult()
  const measured = { model: 'b', batch: 8, toldLatencyUs: { 33: 2000 } }
  const models = [
    [measured],
    [
      { model: 'c', batch: 8 },
      { ...measured, model: 'c', batch: 32 },
    ],
  ]
  const demand = {
    ...result.demand,
    models: models.map((profiles) => ({ ratePerSecond: 120, profiles })),
  } as unknown as Demand
  const words = /and what a share of MPS makes of c\/8 is guessed/
  assert.match(sizeReport({ ...result, demand }), words)
  const status = 'measured but for its power'
  const unmetered = { ...demand.device, provenance: { ...demand.device.provenance, status } }
  assert.match(
    sizeReport({ ...result, demand: { ...demand, device: unmetered } }),
    /is measured but for its power; what a share of MPS makes of c\/8 is guessed/,
  )
  const plan = { ...result.sizing.plan, mechanism: 'streams' as const }
  assert.doesNotMatch(sizeReport({ demand, sizing: { ...result.sizing, plan } }), words)
})
