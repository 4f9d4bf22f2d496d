import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Judgement,
  judgementSchema,
  overallVerdict,
  targetsOf,
  type Verdict,
} from './judgement.js'

/** A judgement of workers with these verdicts on their p95 and on their share. */
function judgementOf(...verdicts: readonly (readonly [p95?: Verdict, share?: Verdict])[]) {
  const target = (verdict: Verdict) => ({ asked: 1, margin: 0, verdict })
  const workers = verdicts.map(([p95, share], w) => ({
    name: `${w}`,
    ...(p95 && { p95Target: target(p95) }),
    ...(share && { minimumShare: target(share) }),
  }))
  return { workers } as unknown as Judgement
}

test('targets are listed worker by worker, each with its purpose', () => {
  const judgement = judgementOf(['met', 'missed'], [], [undefined, 'unclear'])
  assert.deepEqual(
    targetsOf(judgement).map(({ worker, kind, verdict }) => [worker.name, kind, verdict]),
    [
      ['0', 'p95', 'met'],
      ['0', 'share', 'missed'],
      ['2', 'share', 'unclear'],
    ],
  )
})

test('the worst verdict counts, and there is none if there are no targets', () => {
  assert.equal(overallVerdict(judgementOf(['met'], ['met', 'unclear'], ['missed'])), 'missed')
  assert.equal(overallVerdict(judgementOf(['met'], ['met', 'unclear'])), 'unclear')
  assert.equal(overallVerdict(judgementOf(['met'], [])), 'met')
  assert.equal(overallVerdict(judgementOf([], [])), undefined)
})

test('a judgement has at least one run and one worker, and every worker has a name', () => {
  const interval = { mean: 1, low: 1, high: 1 }
  const worker = {
    ...{ name: 'w', offeredPerSecond: null, servedPerSecond: 9, utilisation: null },
    ...{ isOverloaded: false, normalizedThroughput: interval, p95Ms: null },
  }
  const judgement = { seeds: [1], warmupSeconds: 0, seconds: 1, headroom: null, workers: [worker] }
  const isSound = (change: object) => judgementSchema.safeParse({ ...judgement, ...change }).success
  assert.ok(isSound({}))
  assert.ok(!isSound({ seeds: [] }))
  assert.ok(!isSound({ workers: [] }))
  assert.ok(!isSound({ workers: [{ ...worker, name: '' }] }))
})
