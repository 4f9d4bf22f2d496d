import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinySpans } from '../../tiny-mix.test.fixture.js'
import { timelineRange } from './timeline.js'

test('a timeline begins at a round time before the first kernel, and shows at most 3 ms', () => {
  const rangeOf = (startUs: number, endUs: number) =>
    timelineRange([{ ...tinySpans[0], startUs, endUs }])
  assert.deepEqual(rangeOf(1234, 1300), [1200, 1300])
  assert.deepEqual(rangeOf(1234, 9000), [1200, 4200])
  assert.deepEqual(timelineRange([]), [0, 1], 'a range has a length even if nothing ran')
})
