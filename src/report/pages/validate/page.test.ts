import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Point } from '../../../validate/points.js'
import type { Prediction } from '../../../validate/predict.js'
import { checkPage, textOf } from '../../kit/markup.test.fixture.js'
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

test('marks are coloured by error, with the number of each colour; p95 has a scatter of its own', () => {
  const text = textOf(checkPage(validationPage([prediction('a+b', 1.02), prediction('a+c', 0.88)])))
  assert.match(text, /off by less than 5% \(5\)/)
  assert.match(text, /5 to 10% \(0\)/)
  assert.match(text, /10% or more \(5\)/)
  assert.match(text, /p95 latency of a worker, ms/)
  assert.match(text, /a\+c: measured 12\.0, simulated 10\.6 \(−12\.0%\)/)
})
