import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildPlan, PoolBuilder } from '../../../plan/build.js'
import { named, parseMarkup } from '../../kit/markup.test.fixture.js'
import { tinyDevice, tinyScenario } from '../../tiny-mix.test.fixture.js'
import { planChart, planTable } from './plan-figure.js'

const pool = new PoolBuilder()
const apart = pool.pooled([0, 1, 3], 0)
const last = pool.pooled([3], 0)
const placed = pool.placed(16)

/** The first worker switches once, and its last two kernels have the higher priority. */
const plan = buildPlan(tinyScenario, {
  mechanism: 'pooled',
  pool: pool.entries,
  groups: [
    [
      { kernels: 1, partition: apart, priority: 0 },
      { kernels: 2, partition: last, priority: 1 },
    ],
    [{ kernels: 2, partition: placed, priority: 0 }],
  ],
  evidence: { policy: 'p', parameters: {} },
})

const chart = parseMarkup(planChart(tinyDevice, plan, 'p').markup)

test('a kernel group is drawn over its kernels and granules, the higher its priority the stronger', () => {
  const shapes = named(chart, 'path').map(({ attributes }) => [attributes.opacity, attributes.d])
  assert.deepEqual(shapes, [
    ['0.5', 'M0 0h1V2h-1zM0 3h1V4h-1z'],
    ['1', 'M1 3h2V4h-2z'],
    // Sixteen of 32 compute units are two of four granules, at the bottom, in 65% of the strength.
    ['0.33', 'M0 2h2V4h-2z'],
  ])
})

test('the kernels of a request fill the whole width of its worker’s band, and the granules its height', () => {
  const bands = named(chart, 'rect').filter(({ attributes }) => attributes.class === 'track')
  const drawings = named(chart, 'g').filter(({ attributes }) => /scale/.test(attributes.transform))
  assert.equal(bands.length, 2)
  bands.forEach(({ attributes: { x, y, width, height } }, w) => {
    const numbers = drawings[w].attributes.transform.match(/[\d.]+/g)!.map(Number)
    const [left, top, acrossPx, downPx] = numbers
    assert.deepEqual([left, top], [Number(x), Number(y)])
    const { kernels } = tinyScenario.workers[w].profile
    assert.ok(Math.abs(acrossPx * kernels.length - Number(width)) < 0.001)
    assert.ok(Math.abs(downPx * tinyDevice.granules.length - Number(height)) < 0.001)
  })
})

test('the table says which kernels each group has, where they run, and at which priority', () => {
  assert.deepEqual(
    planTable(plan, 'p').rows.map(({ cells }) => cells.slice(1)),
    [
      ['0', '0-1,3', '24', '0'],
      ['1 to 2', '3', '8', '1'],
      ['0 to 1', 'placed at dispatch', '16', '0'],
    ],
  )
})

test('the table of a plan with many groups says how many of them it leaves out', () => {
  const kernels = Array.from({ length: 43 }, () => tinyScenario.workers[0].profile.kernels[0])
  const worker = { ...tinyScenario.workers[0] }
  const long = { ...worker, profile: { ...worker.profile, kernels } }
  const groups = kernels.map((_, k) => ({ kernels: 1, partition: k % 2, priority: 0 }))
  const draft = { mechanism: 'pooled', pool: pool.entries, groups: [groups] } as const
  const evidence = { policy: 'p', parameters: {} }
  const switching = buildPlan({ ...tinyScenario, workers: [long] }, { ...draft, evidence })
  const { rows } = planTable(switching, 'p')
  assert.deepEqual(
    rows.map(({ cells }) => cells[1]),
    [...Array.from({ length: 40 }, (_, k) => `${k}`), 'and 3 further groups'],
  )
})
