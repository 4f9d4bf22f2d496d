import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Verdict } from '../plan/judgement.js'
import {
  baselineOf,
  bestOf,
  isSound,
  meanSwitches,
  type PolicyOutcome,
  relativeP95,
} from './outcome.js'

interface Asked {
  readonly verdicts: readonly Verdict[]
  readonly overloaded: number
  readonly headroom: number | null
  readonly weightedSpeedup: number
}

const asked: fc.Arbitrary<Asked> = fc.record({
  verdicts: fc.array(fc.constantFrom<Verdict>('met', 'unclear', 'missed'), { maxLength: 3 }),
  overloaded: fc.nat(2),
  headroom: fc.constantFrom(null, 1, 2),
  weightedSpeedup: fc.integer({ min: 0, max: 3 }),
})

/** Contains only what outcomes are compared by. */
function outcomeOf({ verdicts, overloaded, headroom, weightedSpeedup }: Asked): PolicyOutcome {
  const workers = [0, 1, 2].map((w) => ({
    isOverloaded: w < overloaded,
    ...(verdicts[w] && { p95Target: { asked: 1, margin: 0, verdict: verdicts[w] } }),
  }))
  const outcome = { judgement: { workers, headroom }, metrics: { weightedSpeedup } }
  return outcome as unknown as PolicyOutcome
}

/** Fewer overloaded workers count first, then the worst verdict, then headroom or speedup. */
function ranks({ verdicts, overloaded, headroom, weightedSpeedup }: Asked): number[] {
  const worst = Math.max(0, ...verdicts.map((one) => ['met', 'unclear', 'missed'].indexOf(one)))
  return [-overloaded, -worst, headroom ?? weightedSpeedup]
}

test('the best outcome fails least, then does most; among equals it is the first', () => {
  fc.assert(
    fc.property(fc.array(asked, { minLength: 1, maxLength: 6 }), (all) => {
      const outcomes = all.map(outcomeOf)
      const order = all
        .map((one, i) => ({ i, rank: ranks(one) }))
        .sort((a, b) => {
          const differs = a.rank.findIndex((value, at) => value !== b.rank[at])
          return differs < 0 ? a.i - b.i : b.rank[differs] - a.rank[differs]
        })
      assert.equal(bestOf(outcomes), outcomes[order[0].i])
      outcomes.forEach((outcome, i) => {
        const [overloaded, worst] = ranks(all[i])
        assert.equal(isSound(outcome), overloaded + worst === 0)
      })
    }),
  )
})

test('others are compared with the baseline, or with the first policy if there is no baseline', () => {
  const [a, b] = ['windows', 'baseline'].map((policy) => ({ policy }) as PolicyOutcome)
  assert.equal(baselineOf([a, b]), b)
  assert.equal(baselineOf([a]), a)
})

test('means over workers, checked by hand', () => {
  const of = (workers: readonly (readonly [number, number])[]) => {
    const metrics = workers.map(([p95Ms, switchesPerRequest]) => ({ p95Ms, switchesPerRequest }))
    return { metrics: { workers: metrics } } as unknown as PolicyOutcome
  }
  const one = of([
    [2, 0],
    [9, 5],
  ])
  const other = of([
    [4, 0],
    [6, 0],
  ])
  assert.equal(meanSwitches(one), 2.5)
  assert.equal(relativeP95(one, other), 1)
  assert.equal(relativeP95(other, one), (2 + 2 / 3) / 2)
})
