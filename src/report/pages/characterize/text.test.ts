import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Characterized, characterizationText } from './text.js'

/** An H200 as far as the text says anything of it. */
const MEASURED = {
  identity: { name: 'NVIDIA H200' },
  poolCreation: { meanUs: 321, worstUs: 1234 },
  launch: { switchUs: 4.56, gapUs: 0.789, hostTurnaroundUs: 12.34 },
  queues: [
    { streams: 2, stretch: 1 },
    { streams: 4, stretch: 1.1 },
    { streams: 8, stretch: 2 },
  ],
  bandwidthGBps: 4321.6,
  power: undefined,
  switchTable: [
    { workers: 1, contexts: 2, period: 1, usPerKernel: 9.87 },
    { workers: 1, contexts: 2, period: 4, usPerKernel: 6.54 },
    { workers: 2, contexts: 2, period: 1, usPerKernel: 19 },
    { workers: 2, contexts: 2, period: 4, usPerKernel: 15 },
    { workers: 1, contexts: 1, period: null, usPerKernel: 5 },
  ],
} as unknown as Characterized

function linesOf(measured: Characterized): string[] {
  return characterizationText(measured, { colours: 'plain' }).split('\n')
}

test('every figure has a line with its unit', () => {
  assert.deepEqual(linesOf(MEASURED).slice(0, 8), [
    'NVIDIA H200',
    'creating a masked stream  321 us (worst 1 234 us)',
    'switch, alone             4.56 us',
    'gap between kernels       0.789 us',
    'host turnaround           12.3 us',
    'streams side by side      4',
    'memory bandwidth          4322 GB/s',
    'power                     not metered',
  ])
  const power = { idleW: 70, oneCuW: 120, allCusW: 650.4, copyW: 400 }
  assert.ok(
    linesOf({ ...MEASURED, power }).includes(
      'power                     idle 70 W, one CU 120 W, all CUs 650 W, copying 400 W',
    ),
  )
})

test('switches have a row for each shape, with the time without switches where it was measured', () => {
  const rows = linesOf(MEASURED).map((line) => line.split(/ {2,}/))
  assert.deepEqual(
    rows.filter(([shape]) => / x \d streams$/.test(shape)),
    [
      ['1 x 2 streams', '9.9', '6.5', '5.0'],
      ['2 x 2 streams', '19.0', '15.0'],
    ],
  )
})

test('what processes found follows, and wrong results stand out', () => {
  const byHog = { stream: 1.5, cache: 1.25, products: 1 }
  const hogs = { cus: 64, hogCus: 68, pressure: { stream: byHog, cache: byHog, products: byHog } }
  const mpsShares = [
    { percent: 40, wrong: ['cublas'] },
    { percent: 100, wrong: [] },
  ]
  const lines = linesOf({ ...MEASURED, hogs, mpsShares } as Characterized)
  assert.ok(lines.some((line) => /^cache +1\.50 +1\.25 +1\.00$/.test(line)))
  assert.deepEqual(lines.slice(-2), [
    'MPS at  40%               WRONG: cublas',
    'MPS at 100%               computes right',
  ])
})
