import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MOST_CUS } from '../quantities.js'
import { catalog } from './catalog/registry.js'
import { fingerprint } from './device.js'
import { fingerprintText, granuleCus } from './granule-layout.js'

test('the granules of every device are read from its fingerprint', () => {
  for (const device of catalog.values()) {
    const print = fingerprintText.parse(fingerprint(device))
    assert.deepEqual(
      granuleCus(print),
      device.granules.map(({ cus }) => cus),
    )
  }
})

test('a fingerprint without a layout, or of more compute units than a device has, is refused', () => {
  const isRead = (layout: string): boolean =>
    fingerprintText.safeParse(`nvidia:x:${layout}`).success
  const wrong = ['', '8', 'x8', '0x8', '8x0', '15x8+', '15x8+x', '15x8 ', '15x8+1x12+', '12345x1']
  for (const layout of wrong) assert.equal(isRead(layout), false, layout)
  assert.deepEqual(granuleCus('nvidia:x:15x8+x'), [])
  assert.equal(isRead(`1x1+${MOST_CUS / 8}x8`), false)
  assert.equal(isRead(`${MOST_CUS / 8}x8`), true)
})
