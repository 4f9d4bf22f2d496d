import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('says so when the winner pays with energy or its worst worker', () => {
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
    /^No policy beats baseline at a weighted speedup of 1\.20: the closest, krisp, does 25% less work, but 25% less work per joule, and its worst-off worker keeps 0\.30/,
  )
  const equal = outcome('equal', { normalized: [0.2, 1], powerW: 600 })
  assert.match(conclusion([base, equal]), /equal only equals it, at the same work per joule/)
})

test('stands alone with one policy', () => {
  assert.match(conclusion([base]), /^baseline reaches a weighted speedup of 1\.20/)
})
