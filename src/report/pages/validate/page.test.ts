import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Point } from '../../../validate/points.js'
import type { Prediction } from '../../../validate/predict.js'
import { checkPage, factsOf, named, rowsOf, textOf } from '../../kit/markup.test.fixture.js'
import { validationPage } from './page.js'

/** Two workers, the second without a measured p95, simulated `factor` times as fast as measured. */
function prediction(mix: string, factor: number): Prediction {
  const pair = (measured: number) => ({ measured, predicted: measured * factor })
  return {
    point: { workers: [] } as unknown as Point,
    mix,
    workers: [
      { name: 'a', normalizedThroughput: pair(0.4), p95Ms: pair(12) },
      { name: 'b', normalizedThroughput: pair(0.7) },
    ],
    weightedSpeedup: pair(1.1),
    powerW: pair(500),
  }
}

test('the page is strict markup and gives the errors of all points and of each mix', () => {
  const page = validationPage([prediction('a+b', 1.02), prediction('a+c', 0.9)])
  checkPage(page)
  assert.match(page, /Simulated against measured/)
  assert.match(page, /a\+b[\s\S]*2\.0%/)
  assert.match(page, /a\+c[\s\S]*10\.0%/)
})

test('the head and the table name each error, and a dash stands for what was not measured', () => {
  const off = (percent: number) => ({ measured: 10, predicted: 10 + percent / 10 })
  const unlike = (mix: string, speedup: number): Prediction => ({
    point: { workers: [] } as unknown as Point,
    mix,
    workers: [{ name: 'a', normalizedThroughput: off(2), p95Ms: off(4) }],
    weightedSpeedup: off(speedup),
    powerW: off(-10),
  })
  const page = checkPage(validationPage([unlike('a', 5), unlike('b', -7)]))
  assert.deepEqual(factsOf(page), [
    ['Rate of a worker', '2.0%'],
    ['Weighted speedup', '6.0%'],
    ['p95', '4.0%'],
    ['Power', '10.0%'],
    ['Kendall τ', '–'],
  ])
  assert.deepEqual(rowsOf(page, 'Mean errors by mix'), [
    ['Mix', 'Points', 'Rate', 'Weighted speedup', 'Bias', 'p95', 'Power', 'τ'],
    ['a', '1', '2.0%', '5.0%', '5.0%', '4.0%', '10.0%', '–'],
    ['b', '1', '2.0%', '7.0%', '−7.0%', '4.0%', '10.0%', '–'],
  ])
  assert.match(
    textOf(page),
    /Over 2 co-location runs of 2 mixes the simulator misses a worker's rate by 2\.0% on average and weighted speedup by 6\.0%\./,
  )
})

test('marks are coloured by error, with the number of each colour; p95 has a scatter of its own', () => {
  const text = textOf(checkPage(validationPage([prediction('a+b', 1.02), prediction('a+c', 0.88)])))
  assert.match(text, /off by less than 5% \(5\)/)
  assert.match(text, /5 to 10% \(0\)/)
  assert.match(text, /10% or more \(5\)/)
  assert.match(text, /p95 latency of a worker, ms/)
  assert.match(text, /a\+c: measured 12\.0, simulated 10\.6 \(−12\.0%\)/)
  const page = checkPage(validationPage([prediction('a+b', 1.02)]))
  assert.deepEqual(named(page, 'h3').map(textOf), [
    'Weighted speedup',
    'Normalized throughput of a worker',
    'p95 latency of a worker, ms',
    'Power, W',
  ])
})
