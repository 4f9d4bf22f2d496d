import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseShare, percentOf } from './share.js'

test('a share is a number of compute units or a percentage', () => {
  assert.deepEqual(parseShare('64'), { cus: 64 })
  assert.deepEqual(parseShare('1'), { cus: 1 })
  assert.deepEqual(parseShare('100%'), { percent: 100 })
  assert.deepEqual(parseShare('25%'), { percent: 25 })
  assert.deepEqual(parseShare('37.5%'), { percent: 37.5 })
  assert.deepEqual(parseShare('0.5%'), { percent: 0.5 })
  for (const text of ['0', '1.5', '0%', '100.1%', '-1', '', 'x', '64 ', '1e2', '99999'])
    assert.equal(parseShare(text), undefined, text)
})

test('a share in percent needs no device', () => {
  const never = () => assert.fail('asked')
  assert.equal(percentOf({ percent: 37.5 }, never), 37)
  assert.equal(percentOf({ percent: 0.5 }, never), 1)
})

test('compute units become whole percents that give no more of them', () => {
  const device = fc.integer({ min: 100, max: 2048 })
  fc.assert(
    fc.property(device, fc.integer({ min: 1, max: 2048 }), (total, cus) => {
      const percent = percentOf({ cus }, () => total)
      assert.ok(Number.isInteger(percent) && percent >= 1 && percent <= 100)
      assert.ok(percent === 1 || (percent * total) / 100 <= cus)
      if (cus >= total) assert.equal(percent, 100)
    }),
  )
  assert.equal(
    percentOf({ cus: 33 }, () => 132),
    25,
  )
})
