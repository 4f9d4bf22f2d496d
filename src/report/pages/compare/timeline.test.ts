import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinyScenario, tinySpans } from '../../tiny-mix.test.fixture.js'
import { timelineRange, timelineTable } from './timeline.js'

test('a timeline begins at a round time before the first kernel, and shows at most 3 ms', () => {
  const rangeOf = (startUs: number, endUs: number) =>
    timelineRange([{ ...tinySpans[0], startUs, endUs }])
  assert.deepEqual(rangeOf(1234, 1300), [1200, 1300])
  assert.deepEqual(rangeOf(1234, 9000), [1200, 4200])
  assert.deepEqual(timelineRange([]), [0, 1], 'a range has a length even if nothing ran')
})

test('the numbers of a timeline: kernels that start in it, their mean compute units, and the part held', () => {
  const rowsOf = (spans: typeof tinySpans) =>
    timelineTable(tinyScenario, 'p', spans).rows.map(({ cells }) => cells.slice(1))
  // In 80.3 us of 32 units: 10, 9.75 and 10 us of 16 units and 10 us of 8; 10.5 of 24, 10 and 10 of 8 and 10 of 16.
  assert.deepEqual(rowsOf(tinySpans), [
    ['4', '14', '22%'],
    ['4', '14', '22%'],
  ])
  const [span] = tinySpans
  const long = [
    { ...span, startUs: 0, endUs: 1500, granules: [0] },
    { ...span, startUs: 2000, endUs: 5000, granules: [0, 1, 2] },
    { ...span, startUs: 3500, endUs: 5000, granules: [0, 1, 2, 3] },
  ]
  // Of 3 ms, half have 8 of 32 units, and the last one has 24.
  assert.deepEqual(rowsOf(long)[0], ['2', '16', '38%'])
})
