import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { totalCus } from '../device/device.js'
import { checkProfile } from './check.js'
import { kernelTaking } from './kernel.test.fixture.js'
import type { Kernel, Profile } from './profile.js'

const { threads, registers, sharedMemoryBytes } = h200.cu
const WHOLE = totalCus(h200)

function check(kernel: Partial<Kernel>, device = 'h200'): void {
  const kernels = [kernelTaking({ 8: 1 }), { ...kernelTaking({ 8: 1 }), ...kernel }]
  checkProfile({ device, kernels } as unknown as Profile, h200, 'p.json')
}

test('blocks that just fit on a compute unit are accepted, and larger ones refused', () => {
  const block: Kernel['block'] = [threads / 4, 2, 2]
  const most = { registers: registers / threads, sharedMemoryBytes, durationUs: { [WHOLE]: 1 } }
  check({ block, ...most })
  const cases: [Partial<Kernel>, RegExp][] = [
    [
      { block: [threads + 1, 1, 1], registers: 0 },
      /kernels\[1\]\.block: expected at most \d+ threads a block/,
    ],
    [
      { block, registers: most.registers + 1 },
      /kernels\[1\]\.registers: expected at most \d+ registers/,
    ],
    [
      { sharedMemoryBytes: sharedMemoryBytes + 1 },
      /kernels\[1\]\.sharedMemoryBytes: expected at most/,
    ],
    [
      { durationUs: { [WHOLE + 1]: 1 } },
      /kernels\[1\]\.durationUs: expected at most 132 compute units, found 133/,
    ],
  ]
  for (const [kernel, message] of cases) assert.throws(() => check(kernel), message)
})

test('a profile made on another device is refused', () => {
  assert.throws(
    () => check({}, 'h100'),
    /^InputError: p\.json: device: expected a profile made on h200, found "h100"$/,
  )
})
