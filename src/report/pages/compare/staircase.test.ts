import assert from 'node:assert/strict'
import { test } from 'node:test'
import { totalUs } from '../../../profile/duration.js'
import { elementsOf, parseMarkup } from '../../kit/markup.test.fixture.js'
import { kernelWithKnee, tinyDevice, tinyScenario } from '../../tiny-mix.test.fixture.js'
import { corners, staircaseChart, staircaseOf, staircaseTable } from './staircase.js'

const { profile } = tinyScenario.workers[0]

test('a staircase is the right-size of each kernel', () => {
  assert.deepEqual(staircaseOf(profile, tinyDevice), [32, 16, 8])
})

test('right-sizes are those of policies, whichever counts were measured', () => {
  const kernel = { ...kernelWithKnee(8), durationUs: { 8: 12, 32: 10 } }
  assert.deepEqual(staircaseOf({ ...profile, kernels: [kernel] }, tinyDevice), [16])
})

test('right-sizes are never larger than the device', () => {
  const half = { ...tinyDevice, granules: tinyDevice.granules.slice(0, 2) }
  assert.deepEqual(staircaseOf(profile, half), [16, 16, 8])
})

test('corners keep every change of value and the end', () => {
  assert.deepEqual(corners([8, 8, 16, 16, 8]), [
    [0, 8],
    [2, 16],
    [4, 8],
    [5, 8],
  ])
})

test('the chart steps where the staircase does, and where the plan does', () => {
  const planned = { name: 'plan', cus: [32, 16, 16] }
  const chart = parseMarkup(staircaseChart(profile, tinyDevice, 'c', planned).markup)
  const lines = elementsOf(chart).filter(({ attributes }) => attributes.fill === 'none')
  const heights = lines.map(({ attributes }) => {
    const points = (attributes.d ?? '').matchAll(/[ML][\d.]+,([\d.]+)/g)
    return new Set([...points].map(([, y]) => y)).size
  })
  assert.deepEqual([...new Set(heights)], [3, 2])
  for (const { attributes } of lines) {
    const points = [...(attributes.d ?? '').matchAll(/[ML]([\d.]+),([\d.]+)/g)]
    points.slice(1).forEach(([, x, y], i) => {
      assert.ok(x === points[i][1] || y === points[i][2], 'steps go across or down')
    })
  }
})

test('the table accounts for every kernel and all the time', () => {
  const { rows } = staircaseTable([profile], tinyDevice)
  assert.deepEqual(
    rows.map(({ cells }) => cells),
    [
      ['stairs/8', '8', '1', '33%', '33%'],
      ['stairs/8', '16', '1', '33%', '33%'],
      ['stairs/8', '32', '1', '33%', '33%'],
    ],
  )
  assert.equal(totalUs(profile, 32), 30)
})
