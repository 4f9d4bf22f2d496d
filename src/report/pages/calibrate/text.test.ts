import assert from 'node:assert/strict'
import { test } from 'node:test'
import { campaignText } from './campaign.js'
import { calibrationText } from './text.js'

const PLAIN = { colours: 'plain' } as const
const cellsOf = (text: string): string[][] =>
  text.split('\n').map((line) => line.trim().split(/ {2,}/))

test('mixes to measure: how many plans each has, and the points and minutes of all together', () => {
  const mixes = [
    { mix: '2*vgg19/8', plans: ['mps', 'windows'], information: 1.234, seconds: 40.4 },
    { mix: 'albert/1', plans: ['mps'], information: 0.5, seconds: 12.6 },
  ]
  assert.deepEqual(cellsOf(campaignText({ device: 'h200', mixes, seconds: 93 }, PLAIN)), [
    ['mix', 'plans', 'tells', 's'],
    ['2*vgg19/8', '2', '1.23', '40'],
    ['albert/1', '1', '0.50', '13'],
    [''],
    ['3 points on h200, about 1.6 minutes; tells: nats of information about the parameters'],
  ])
})

test('what a fit changed, parameter by parameter, and the error before and after', () => {
  const parameters = [
    { name: 'coldStartUs', before: 1.2345, after: 0.98765, unit: 'us', meaning: 'first blocks' },
  ]
  assert.deepEqual(
    cellsOf(calibrationText({ lossBefore: 0.0512345, loss: 0.04, parameters }, PLAIN)),
    [
      ['parameter', 'before', 'fitted', 'unit', 'meaning'],
      ['coldStartUs', '1.23', '0.988', 'us', 'first blocks'],
      ['error 0.0512 before, 0.0400 fitted'],
    ],
  )
})
