import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Verdict } from '../../../plan/judgement.js'
import { conclusion } from './conclusion.js'
import { outcome } from './outcomes.test.fixture.js'

const base = outcome('baseline', { normalized: [0.2, 1], powerW: 600 })

test('names the winner and what it means for throughput, energy and the worst worker', () => {
  const windows = outcome('windows', { normalized: [0.7, 0.8], powerW: 600 })
  assert.equal(
    conclusion([base, windows]),
    'windows does the most work: weighted speedup 1.50 against 1.20 of baseline (+25%), 25% more work per joule, and its worst-off worker keeps 0.70 of its solo rate instead of 0.20.',
  )
})

test('says so if the winner pays with energy or with its worst worker', () => {
  const greedy = outcome('greedy', { normalized: [0.1, 1.4], powerW: 900 })
  const frugal = outcome('frugal', { normalized: [0.6, 0.7], powerW: 500 })
  const text = conclusion([base, greedy, frugal])
  assert.match(text, /^greedy does the most work: .* \(\+25%\), but 17% less work per joule/)
  assert.match(text, /but its worst-off worker keeps 0\.10 of its solo rate, down from 0\.20/)
  assert.match(text, /; frugal does the most work per joule \(\+30%\)\.$/)
})

test('admits that nothing beats baseline', () => {
  const worse = outcome('krisp', { normalized: [0.3, 0.6], powerW: 600 })
  assert.match(
    conclusion([base, worse]),
    /^No policy beats baseline at a weighted speedup of 1\.20: the closest, krisp, does 25% less work, with 25% less work per joule; its worst-off worker keeps 0\.30 of its solo rate instead of 0\.20\.$/,
  )
  const equal = outcome('equal', { normalized: [0.2, 1], powerW: 600 })
  assert.match(conclusion([base, equal]), /equal only equals it, with the same work per joule; /)
})

test('has nothing to compare with a single policy', () => {
  assert.match(conclusion([base]), /^baseline reaches a weighted speedup of 1\.20/)
})

/** An outcome whose first worker has a target with this verdict. */
function asked(policy: string, normalized: readonly number[], verdict: Verdict): PolicyOutcome {
  const made = outcome(policy, { normalized, powerW: 600 })
  const [first, ...rest] = made.judgement.workers
  const p95Target = { asked: 8, margin: 0.1, verdict }
  const judgement = { ...made.judgement, workers: [{ ...first, p95Target }, ...rest] }
  return { ...made, judgement }
}

test('only policies that keep the targets can win, and they are named first', () => {
  const text = conclusion([
    asked('baseline', [0.2, 1], 'met'),
    asked('fast', [0.9, 0.9], 'missed'),
    asked('sound', [0.6, 0.8], 'met'),
  ])
  assert.match(
    text,
    /^baseline and sound are sure to keep the target; fast is not\. Of these, sound does/,
  )
  const none = [asked('baseline', [0.2, 1], 'missed'), asked('close', [0.2, 0.9], 'unclear')]
  assert.match(
    conclusion(none),
    /^NO POLICY is sure to keep the target\. The closest is close\. TOO CLOSE/,
  )
})

test('if every load is open, the policy with the most headroom wins', () => {
  const open = (policy: string, headroom: number): PolicyOutcome => {
    const made = asked(policy, [0.5, 0.5], 'met')
    return { ...made, judgement: { ...made.judgement, headroom } }
  }
  assert.equal(
    conclusion([open('baseline', 1.2), open('windows', 1.5)]),
    'All policies keep the target. windows has the most headroom: it carries 1.50 times this load, against 1.20 of baseline (+25%), at 600 W instead of 600 W.',
  )
  assert.match(
    conclusion([open('baseline', 0), open('windows', 1.5)]),
    /it carries 1\.50 times this load, against 0\.00 of baseline, at 600 W/,
  )
  assert.match(
    conclusion([open('baseline', 1.5), open('windows', 1.2)]),
    /baseline carries 1\.50 times this load, and nothing more\.$/,
  )
})
