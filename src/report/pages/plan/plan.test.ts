import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interval, Judgement, Verdict, WorkerJudgement } from '../../../plan/judgement.js'
import { outcome } from '../compare/outcomes.test.fixture.js'
import { planText } from './text.js'
import { verdictText } from './verdict.js'
import { runsText, workloadText } from './workload-table.js'

const PLAIN = { colours: 'plain' } as const
const interval = (mean: number, half = 0): Interval => ({
  mean,
  low: mean - half,
  high: mean + half,
})

/** A worker that is offered 100 requests per second, serves them and has no target. */
function worker(name: string, change: Partial<WorkerJudgement> = {}): WorkerJudgement {
  return {
    name,
    offeredPerSecond: 100,
    servedPerSecond: 100,
    utilisation: 0.4,
    isOverloaded: false,
    normalizedThroughput: interval(1),
    p95Ms: interval(6, 1),
    ...change,
  }
}

/** A worker with a p95 of `ms` and a target of 8 ms. */
function targeted(name: string, ms: number, verdict: Verdict): WorkerJudgement {
  const p95Target = { asked: 8, margin: 1 - ms / 8, verdict }
  return worker(name, { p95Ms: interval(ms, 1), p95Target })
}

function judgement(...workers: WorkerJudgement[]): Judgement {
  return { seeds: [2, 3, 4, 5], warmupSeconds: 0.5, seconds: 5, headroom: null, workers }
}

test('the first line names what is missed, with its figures', () => {
  assert.equal(
    verdictText(judgement(targeted('a', 27.4, 'missed'), targeted('b', 6, 'met'))),
    'MISSES 1 of 2 targets: a p95 27.4 of 8.00 ms.',
  )
  assert.equal(
    verdictText(judgement(targeted('a', 7.6, 'unclear'))),
    'TOO CLOSE to promise its target: a p95 7.60 (6.60 to 8.60 in further runs) of 8.00 ms.',
  )
})

test('a worker that ended none of its requests differs from one that hardly received any', () => {
  const unknown = (verdict: Verdict) =>
    verdictText(
      judgement(worker('a', { p95Ms: null, p95Target: { asked: 8, margin: null, verdict } })),
    )
  assert.equal(unknown('missed'), 'MISSES its target: a finishes no request in some run.')
  assert.equal(
    unknown('unclear'),
    'TOO CLOSE to promise its target: a is asked too seldom to tell.',
  )
})

test('targets that are met are reported with the margin of the closest, whichever it is', () => {
  const [far, close] = [targeted('a', 4, 'met'), targeted('b', 6, 'met')]
  const text = 'Meets all 2 targets, with 25% to spare at the closest: b p95 6.00 of 8.00 ms.'
  assert.equal(verdictText(judgement(far, close)), text)
  assert.equal(verdictText(judgement(close, far)), text)
  assert.equal(
    verdictText(judgement(targeted('a', 4, 'met'))),
    'Meets its target, with 50% to spare: a p95 4.00 of 8.00 ms.',
  )
})

test('an overload is called overload, with or without a target', () => {
  const flooded = { servedPerSecond: 60, utilisation: 1.67, isOverloaded: true }
  assert.equal(
    verdictText(judgement(worker('a', flooded), worker('b'))),
    'OVERLOADED: a is offered 100 requests/s and serves 60.0.',
  )
  assert.equal(verdictText(judgement(worker('b'))), undefined)
})

test('minimum shares are targets too', () => {
  const minimumShare = { asked: 0.5, margin: -0.2, verdict: 'missed' } as const
  const starved = worker('a', { normalizedThroughput: interval(0.4), minimumShare })
  assert.equal(
    verdictText(judgement(starved)),
    'MISSES its target: a reaches 0.40 of its rate alone, at least 0.50 asked.',
  )
  const { plan } = outcome('p', { normalized: [1, 1], powerW: 1 })
  const text = workloadText(judgement(starved, worker('b')), plan, PLAIN)
  assert.match(text, /share +at/)
  assert.match(text, /^a .* 0\.40 +0\.50 +missed$/m)
})

test('the table has offered, served, samples, utilisation, p95, target, margin and verdict', () => {
  const { plan } = outcome('p', { normalized: [1, 1], powerW: 1 })
  const closed = worker('b', { offeredPerSecond: null, utilisation: null, servedPerSecond: 50 })
  const text = workloadText(judgement(targeted('a', 6, 'met'), closed), plan, PLAIN)
  const cells = (name: string): string[] | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(/ {2,}/)
  assert.deepEqual(cells('a'), [
    'a',
    '100',
    '100',
    '800',
    '40%',
    '6.00',
    '5.00 to 7.00',
    '8.00',
    '25%',
    'met',
  ])
  assert.deepEqual(cells('b')?.slice(0, 5), ['b', 'closed', '50.0', '400', '–'])
  assert.match(text, /4 runs of 5\.00 s, seeds 2 to 5/)
})

test('the runs are told with their seeds and what they say of further runs, and the headroom if there is one', () => {
  const runs = { ...judgement(worker('a')), seconds: 2.5 }
  assert.equal(runsText({ ...runs, seeds: [7] }), 'simulated: one run of 2.50 s, seed 7')
  assert.equal(
    runsText({ ...runs, seeds: [3, 4], headroom: 1.234 }),
    "simulated: 2 runs of 2.50 s, seeds 3 to 4; 99.9% of further runs' p95 lie within “p95 of a run”\nheadroom: carries 1.23 times this load",
  )
})

test('columns that say nothing about any worker are left out, and so is the spread of a single run', () => {
  const { plan } = outcome('p', { normalized: [1, 1], powerW: 1 })
  const closed = worker('a', { offeredPerSecond: null, utilisation: null })
  const head = (seeds: number[]): string =>
    workloadText({ ...judgement(closed), seeds }, plan, PLAIN)
      .split('\n')
      .slice(0, 2)
      .join(' ')
  assert.doesNotMatch(head([1, 2]), /utilisation|target|margin|verdict/)
  assert.match(head([1, 2]), /p95 of/)
  assert.doesNotMatch(head([1]), /p95 of/)
})

test('a judged plan gives its verdict first, an unjudged one only what it does', () => {
  const { plan } = outcome('p', { normalized: [1, 1], powerW: 1 })
  assert.match(planText(plan, PLAIN), /^p plan for tiny/)
  const judged = judgement(targeted('a', 20, 'missed'), worker('b'))
  const evidence = { ...plan.evidence, judgement: { ...judged, headroom: 0.5 } }
  const text = planText({ ...plan, evidence }, PLAIN)
  assert.match(text, /^MISSES its target: a p95 20\.0 of 8\.00 ms\.\n/)
  assert.match(text, /carries 0\.50 times this load/)
  assert.match(text, /\np plan for tiny/)
})
