import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareCaution } from './share-caution.js'

test('shares under which results were not compared are cautioned against, each once', () => {
  assert.match(shareCaution([40])!, /^caution: .* under a share of 40%, /)
  assert.match(shareCaution([25, 100, 75, 25])!, / of 25%, 75%, /)
})

test('shares under which results were right are not', () => {
  assert.equal(shareCaution([100]), undefined)
  assert.equal(shareCaution([50, 100, 50]), undefined)
  assert.equal(shareCaution([]), undefined)
})
