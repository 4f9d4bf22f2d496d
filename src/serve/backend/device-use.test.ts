import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf } from '../echo.test.fixture.js'
import type { Work } from './active-plan.js'
import { DeviceUse } from './device-use.js'
import type { LaunchDevice } from './launch-device.js'

const [wide, narrow] = planOf(['wide', 'narrow']).models.map((model, i) => ({
  ...model,
  share: [96, 4][i],
}))

/** What is used of a device whose meter reads this many joules. */
function useOf(energyJ?: () => number): DeviceUse {
  const meter = energyJ && { idleW: 0, energyJ }
  return new DeviceUse({ meter } as LaunchDevice, () => 0)
}

function workOf(tenant: string, rows: number): Work {
  return { tenant, request: { model: 'm', rows, inputs: [] }, result: undefined }
}

test('a launch counts for its model by compute units and time, and for its tenants by their rows', () => {
  const use = useOf()
  use.launched(wide, [workOf('a', 6), workOf('b', 2)], 1000)
  use.launched(narrow, [workOf('b', 1)], 6000)
  assert.deepEqual([use.of('wide').cuMs, use.of('narrow').cuMs], [96, 24])
  const { models, tenants } = use.shares()
  assert.deepEqual(Object.fromEntries(models), { wide: 0.8, narrow: 0.2 })
  assert.deepEqual(Object.fromEntries(tenants), { a: 0.6, b: 0.4 })
})

test('a model with less than a twentieth of the work is owed, and none is before there is work', () => {
  const use = useOf()
  assert.ok(!use.isOwed('narrow'))
  use.launched(wide, [workOf('a', 1)], 1000)
  use.launched(narrow, [workOf('a', 1)], 1000)
  assert.deepEqual([use.isOwed('wide'), use.isOwed('narrow')], [false, true])
  use.launched(narrow, [workOf('a', 1)], 1000)
  assert.ok(!use.isOwed('narrow'))
  // Three units beside 57 are a twentieth exactly.
  const even = useOf()
  even.launched({ ...wide, share: 57 }, [workOf('a', 1)], 1000)
  even.launched({ ...narrow, share: 3 }, [workOf('a', 1)], 1000)
  assert.deepEqual(even.shares().models.get('narrow'), 0.05)
  assert.ok(!even.isOwed('narrow'))
})

test('energy is divided when it is asked for, and is not known where nothing measures it', () => {
  const use = useOf(() => 5)
  use.launched(wide, [workOf('a', 1)], 1000)
  assert.equal(use.of('wide').energyJ, 0)
  use.launched(narrow, [workOf('a', 1)], 500)
  assert.equal(use.splitEnergy(), 5)
  // Energy is divided by compute units and time.
  assert.ok(Math.abs(use.of('wide').energyJ! / use.of('narrow').energyJ! - 48) < 1e-9)
  assert.ok(Math.abs(use.of('wide').energyJ! + use.of('narrow').energyJ! - 5) < 1e-9)
  assert.equal(useOf().splitEnergy(), undefined)
})
