import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Changed } from '../../../reproduce/changed.js'
import type { Region } from '../../../reproduce/region.js'
import { meanOf, resultOf } from '../../../reproduce/relative.js'
import { reproduce } from '../../../reproduce/reproduce.js'
import { nominal, onlyMix, setupOf } from '../../../reproduce/setup.test.fixture.js'
import { change } from '../../kit/index.js'
import { checkPage, factsOf, named, rowsOf, textOf } from '../../kit/markup.test.fixture.js'
import { reproductionPage } from './page.js'
import { changedText, regionText } from './region-text.js'
import { ratio, reproductionText, robustnessText } from './text.js'

const PLAIN = { colours: 'plain' } as const
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

test('the page sets the paper beside the model: the gains in its head, Table I and every claim', () => {
  const page = checkPage(reproductionPage(result))
  const { mixes, claims } = result
  const gain = (policy: string, measure: Parameters<typeof meanOf>[2]): string =>
    change(meanOf(mixes, policy, measure), 1)
  assert.deepEqual(factsOf(page), [
    ['ECLIP, requests/s', gain('eclip', 'throughput'), 'paper +13%'],
    ['ECLIP, requests per watt', gain('eclip', 'requestsPerWatt'), 'paper +25%'],
    ['ECLIP, p95 latency', gain('eclip', 'p95'), 'paper +8.0%'],
    ['Ours (windows), requests/s', gain('windows', 'throughput'), 'against baseline'],
  ])
  const columns = [
    { title: 'KW-IOCTL', policy: 'kernel-wise-ioctl', paper: 102 },
    { title: 'KW-Prealloc', policy: 'kernel-wise-prealloc', paper: 72 },
    { title: 'ECLIP', policy: 'eclip', paper: 30 },
    { title: 'ECLIP within 1%', policy: 'eclip-near-optimal', paper: 30 },
  ]
  const table = 'Switches of one request of every worker, in the paper and in the model'
  assert.deepEqual(rowsOf(page, table), [
    [
      'Mix',
      ...columns.flatMap(({ title }) =>
        ['paper', 'ours', 'off by'].map((unit) => `${title} ${unit}`),
      ),
    ],
    [
      'Mix 7: alexnet, alexnet, alexnet',
      ...columns.flatMap(({ policy, paper }) => {
        const { switches } = resultOf(mixes[0], policy)
        return [`${paper}`, `${switches}`, change(switches, paper)]
      }),
    ],
  ])
  const rows = rowsOf(page, 'Claims of the paper beside what the model says')
  assert.deepEqual(rows[0], ['In the model', 'Paper', 'Ours'])
  assert.deepEqual(
    rows.slice(1),
    claims.map(({ kind, holds, paper, ours, why }) => [
      kind === 'input' ? `input${holds ? '' : ' not met'}` : holds ? 'holds' : 'differs',
      paper,
      `${ours}${why}`,
    ]),
  )
  const titles = named(page, 'h2').map(textOf)
  assert.equal(titles[0], 'What the paper says, and what the model says')
})

test('a mask call stands beside the kernel that it precedes, and latency beside the number of streams', () => {
  const page = checkPage(reproductionPage(result))
  const section = (id: string) =>
    named(page, 'section').find(({ attributes }) => attributes.id === id)!
  const masks = section('mask-calls')
  assert.deepEqual(
    named(masks, 'text').map(textOf),
    result.maskCosts.flatMap(({ kernelUs, meanUs, worstUs }) =>
      [
        ['kernel', kernelUs] as const,
        ['mask call, mean', meanUs] as const,
        ['mask call, worst', worstUs] as const,
      ].flatMap(([label, us]) => [label, `${us.toFixed(1)} µs`]),
    ),
  )
  assert.deepEqual(
    named(masks, 'h3').map(textOf),
    result.maskCosts.map(({ kernel }, i) => `${i + 1}. ${kernel}`),
  )
  assert.deepEqual(rowsOf(page, 'Latency of a request by number of masked streams'), [
    ['Streams', 'Mean ms', 'Worst ms'],
    ...result.streams.map(({ streams, meanMs, worstMs }) => [
      `${streams}`,
      meanMs.toFixed(2),
      worstMs.toFixed(2),
    ]),
  ])
  const labels = named(section('streams'), 'text').map(textOf)
  for (const label of ['masked streams', 'latency, ms', 'flat to here in the paper'])
    assert.ok(labels.includes(label), label)
})

test('a ratio has two places, and a dash if it is unknown', () => {
  assert.deepEqual([1.234, 0.996, Number.NaN].map(ratio), ['1.23', '1.00', '–'])
})

const REGION: Region = {
  ...{ drawn: 160, consistent: 31, judged: 30 },
  checks: [
    { id: 'a', stated: 'takes 2 ms', source: 'REEF', ours: 2.5, least: 1.5, most: 3 },
    { id: 'b', stated: 'waits 1 ms', source: 'KRISP', ours: 0.5, least: 0.75, most: 2 },
  ],
  ranges: [
    {
      ...{ parameter: 'costs.switchUs', least: 0.3, most: 1.5, scale: 'log' },
      source: 'nobody knows',
      ...{ leastConsistent: 0.5, mostConsistent: 1.25 },
    },
  ],
  claims: [
    {
      ...{ id: 'c', kind: 'claim', paper: 'gains 13%', unit: 'ratio', holds: 0.456 },
      ...{ least: 0.98, median: 1.05, most: 1.1254 },
      goesWith: { parameter: 'p', correlation: -0.75 },
    },
    {
      ...{ id: 'd', kind: 'claim', paper: 'wins everywhere', unit: 'share of mixes', holds: 1 },
      ...{ least: 0.14, median: 0.5, most: 1 },
      goesWith: { parameter: 'q', correlation: 0.5 },
    },
    {
      ...{ id: 'e', kind: 'claim', paper: 'wins', unit: 'share of mixes', holds: 0 },
      ...{ least: 0, median: 0, most: 0 },
      goesWith: { parameter: 'q', correlation: 0.49 },
    },
  ],
}
const CLAIM_CELLS = [
  ['gains 13%', '46%', '−2.0%', '+5.0%', '+13%', 'p (−0.75)'],
  ['wins everywhere', '100%', '14%', '50%', '100%', 'q (+0.50)'],
  ['wins', '0%', '0%', '0%', '0%', ''],
]

test('what becomes of the claims in all models that agree with the evidence, on the page and in a terminal', () => {
  const page = checkPage(reproductionPage({ ...result, region: REGION }))
  assert.deepEqual(rowsOf(page, 'Claims over the consistent parameter sets'), [
    ['Paper', 'Holds in', 'Least', 'Median', 'Most', 'Goes with'],
    ...CLAIM_CELLS,
  ])
  const evidence = 'What is published about the device, beside the model that ships'
  assert.deepEqual(rowsOf(page, evidence), [
    ['Published', 'Source', 'Ours', 'Consistent', ''],
    ['takes 2 ms', 'REEF', '2.50', '1.50 to 3.00', 'met'],
    ['waits 1 ms', 'KRISP', '0.500', '0.750 to 2.00', 'missed'],
  ])
  assert.deepEqual(rowsOf(page, 'Parameters, and what the evidence leaves of their ranges'), [
    ['Parameter', 'Drawn from', 'Consistent', 'Why this range'],
    ['costs.switchUs', '0.300 to 1.50', '0.500 to 1.25', 'nobody knows'],
  ])
  const cells = (text: string): string[][] =>
    text.split('\n').map((line) => line.trim().split(/ {2,}/))
  assert.deepEqual(cells(regionText(REGION, PLAIN)), [
    ['Evidence beside the model that ships'],
    ['ours', 'consistent'],
    ['takes 2 ms (REEF)', '2.50', '1.50 to 3.00', 'met'],
    ['waits 1 ms (KRISP)', '0.500', '0.750 to 2.00', 'MISSED'],
    [''],
    [''],
    ['Parameters: of 160 sets drawn, 31 agree with all evidence; 30 of them were judged'],
    ['drawn from', 'consistent'],
    ['costs.switchUs', '0.300 to 1.50', '0.500 to 1.25'],
    [''],
    [''],
    ['Claims over these 30 sets'],
    ['holds in', 'least', 'median', 'most', 'goes with'],
    ...CLAIM_CELLS.map((row) => row.filter((cell) => cell !== '')),
    [''],
  ])
})

test('an ablation in a terminal: the change of each measure, the switches and the mixes', () => {
  const point = { throughput: 1.13, weightedSpeedup: 1.2, requestsPerWatt: 1.25, p95: 0.9 }
  const points = [{ ...point, value: 'none', switches: 3.4, mixes: 7 }]
  const ablations = [{ id: 'budget', title: 'Switch Budget', points }] as const
  const text = reproductionText({ ...result, ablations } as unknown as typeof result, PLAIN)
  const [, table] = text.split('Ablation: switch budget\n')
  assert.deepEqual(
    table.split('\n', 2).map((line) => line.trim().split(/ {2,}/)),
    [
      ['requests/s', 'weighted speedup', 'requests/W', 'p95', 'switches', 'mixes'],
      ['none', '+13%', '+20%', '+25%', '−10%', '3', '7'],
    ],
  )
})

test('how robust verdicts are: in how many trials each stayed, and what turned it', () => {
  const robust = [
    { id: 'a', paper: 'gains', kind: 'claim', holds: true, tried: 9, turnedBy: ['x', 'y'] },
    { id: 'b', paper: 'was put in', kind: 'input', holds: false, tried: 9, turnedBy: [] },
  ] as const
  assert.deepEqual(
    robustnessText(robust, PLAIN)
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/)),
    [
      ['nominal', 'same verdict', 'turned by'],
      ['gains', 'holds', '7/9', 'x, y'],
      ['was put in', 'input not met', '9/9'],
      [''],
    ],
  )
})

test('a changed model: its evidence and its verdicts beside those of the one that ships', () => {
  const [met, missed] = REGION.checks
  const claim = { kind: 'claim', unit: 'ratio', paper: 'gains', holds: true, value: 1.13 } as const
  const share = {
    ...claim,
    unit: 'share of mixes',
    paper: 'wins',
    value: 0.5,
    holds: false,
  } as const
  const changed = {
    values: { switchUs: 3, barrierUs: 0 },
    checks: [{ shipped: met, changed: { ...missed, stated: 'another' } }],
    claims: [
      { shipped: claim, changed: { ...claim, holds: false, value: 0.98 } },
      { shipped: share, changed: share },
    ],
  } as unknown as Changed
  assert.deepEqual(
    changedText(changed, PLAIN)
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/)),
    [
      ['The model with switchUs = 3, barrierUs = 0, beside the one that ships.'],
      [''],
      ['Evidence'],
      ['ships', 'changed'],
      ['takes 2 ms', '2.50', '0.500', 'MISSED'],
      [''],
      [''],
      ['Claims'],
      ['ships', 'changed'],
      ['gains', 'holds, +13%', 'differs, −2.0%', 'MOVES'],
      ['wins', 'differs, 50%', 'differs, 50%'],
      [''],
      [''],
      ['1 of 2 verdicts move.'],
    ],
  )
})
