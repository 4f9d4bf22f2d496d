import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { BINDINGS } from '../binding/devices.js'
import { openForTest } from '../binding/open-for-test.test.fixture.js'
import type { PartitionedDevice } from '../binding/partitioned-device.js'
import { windowOf } from '../device/partition.js'
import { InputError } from '../errors.js'
import type { Plan } from '../plan/plan.js'
import { measureDispatch } from './dispatch.js'

for (const binding of BINDINGS) {
  const opened = openForTest(binding)
  describe(`dispatch on ${binding.name}`, { skip: 'missing' in opened && opened.missing }, () => {
    if ('device' in opened) dispatchTests(opened.device)
  })
}

/** The first worker moves back and forth between the halves of the device. The second one stays on one half. */
function planFor({ granules }: PartitionedDevice): Plan {
  const half = granules.length >> 1
  const model = { model: 'spins', batch: 1 }
  return {
    format: 'eclip.plan/1',
    device: { name: 'test', fingerprint: 'test' },
    mechanism: 'pooled',
    pool: [0, half].map((start) => ({
      granules: windowOf(start, half, granules.length),
      owner: null,
    })),
    workers: [
      {
        ...model,
        name: 'restless',
        groups: [
          { kernels: 2, partition: 0, priority: 0 },
          { kernels: 1, partition: 1, priority: 0 },
          { kernels: 3, partition: 0, priority: 0 },
        ],
      },
      { ...model, name: 'settled', groups: [{ kernels: 4, partition: 1, priority: 0 }] },
    ],
    evidence: { policy: 'test', parameters: {}, switchesPerRequest: [2, 0] },
  }
}

function dispatchTests(device: PartitionedDevice): void {
  after(() => device.close())

  test('every switch of a plan is counted and timed, and a plan without switches has none', () => {
    const scale = { kernelUs: 5000, rounds: 3 }
    const { workers, maskUs } = measureDispatch(device, planFor(device), scale)
    const [restless, settled] = workers
    assert.deepEqual(
      workers.map(({ name, kernels, switches }) => [name, kernels, switches]),
      [
        ['restless', 6, 2],
        ['settled', 4, 0],
      ],
    )
    // The kernels are so long that the host stays ahead of them, unless it is held up for the duration of a kernel.
    assert.ok(restless.barriers > 0 && restless.barriers <= 2, `${restless.barriers}`)
    assert.ok(restless.usPerSwitch !== null && restless.usPerSwitch >= 0)
    assert.deepEqual([settled.barriers, settled.usPerSwitch], [0, null])
    for (const { plannedUsPerKernel, homeUsPerKernel } of workers) {
      // The clock may be slower than the rate that the device states.
      assert.ok(plannedUsPerKernel > 0.9 * scale.kernelUs, `${plannedUsPerKernel}`)
      assert.ok(homeUsPerKernel > 0.9 * scale.kernelUs, `${homeUsPerKernel}`)
    }
    assert.ok(maskUs > 0)
  })

  test('a plan with masks set before every kernel is refused', () => {
    const plan: Plan = { ...planFor(device), mechanism: 'mask-call' }
    assert.throws(() => measureDispatch(device, plan, { kernelUs: 1, rounds: 1 }), InputError)
  })
}
