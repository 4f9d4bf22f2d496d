import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
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

test("the user's own device says what was compared there, if anything was", () => {
  const own = { ...h200, name: 'mine', mpsCheckedCus: [33, 52] }
  assert.equal(shareCaution([40, 25], own), undefined)
  assert.match(shareCaution([40, 50], own)!, / of 50%, /)
  assert.match(shareCaution([40], { ...own, mpsCheckedCus: undefined })!, / of 40%, /)
})
