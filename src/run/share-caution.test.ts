import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareCaution } from './share-caution.js'

test('programs that are not told of the whole device get a warning, once for each share', () => {
  assert.match(shareCaution([40], {})!, /^caution: .* under a share of 40%, /)
  assert.match(shareCaution([25, 100, 75, 25], {})!, / of 25%, 75%, /)
})

test('there is no warning for the whole device, and none for programs that are told of it', () => {
  assert.equal(shareCaution([100], {}), undefined)
  assert.equal(shareCaution([], {}), undefined)
  assert.equal(shareCaution([40], { ECLIP_CUS: '132' }), undefined)
})
