import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reproduce } from '../../../reproduce/reproduce.js'
import { nominal, onlyMix, setupOf } from '../../../reproduce/setup.test.fixture.js'
import { checkPage } from '../../kit/markup.test.fixture.js'
import { reproductionPage } from './page.js'
import { reproductionText } from './text.js'

const quiet = { ablations: 'skip', onStep: () => {} } as const
const result = await reproduce(setupOf(nominal, onlyMix(7)), quiet)

test('the terminal shows the counts of Table I beside ours', () => {
  const text = reproductionText(result, { colours: 'plain' })
  assert.match(text, /Mix 7 \(alexnet, alexnet, alexnet\) +102 \/ 102/)
})

test('the page is strict markup and shows the figures of the paper', () => {
  const page = reproductionPage(result)
  checkPage(page)
  assert.match(page, /eclip, in the paper/)
})

test('a point without a value leaves a gap in the line of an ablation', () => {
  const point = (value: number, p95: number) => ({
    value,
    throughput: 1.1,
    weightedSpeedup: 1.2,
    requestsPerWatt: 1.3,
    p95,
    switches: 3,
    mixes: 7,
  })
  const points = [point(1, 0.9), point(8, Number.NaN), point(16, 0.8)]
  checkPage(
    reproductionPage({ ...result, ablations: [{ id: 'batch', title: 'Batch size', points }] }),
  )
})
