import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { h200 } from '../device/catalog/h200.js'
import { wholeDevice } from '../device/device.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { wholeRequest } from '../policy/whole-request.js'
import type { Metrics, WorkerMetrics } from '../simulate/metrics.js'
import type { Run } from './evaluator.js'
import { headroomOf } from './headroom.js'

const scenario = randomScenario(h200, 2, 4, (worker, w) => ({
  ...worker,
  load: { kind: 'poisson', ratePerSecond: 100 },
  ...(w === 0 && { p95TargetMs: 10 }),
}))
const plan = wholeRequest(scenario, 'baseline', {}, () => ({
  partition: wholeDevice(h200),
  owner: null,
}))

/** The headroom if runs find these results at each load. */
function headroomWhere(found: (load: number) => readonly Partial<WorkerMetrics>[]) {
  const simulate = async (runs: readonly Run[]) =>
    runs.map(({ load }) => ({ workers: found(load) }) as unknown as Metrics)
  return headroomOf(scenario, plan, { simulate }, { seed: 1, mode: 'exact' })
}

const idle = { offeredPerSecond: 0, utilisation: 0, p95Ms: Number.NaN }

test('headroom is the largest load that is carried, found to within 3%', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 1 / 30, max: 60, noNaN: true }), async (most) => {
      const late = (load: number) => [
        { offeredPerSecond: load, utilisation: 0.5, p95Ms: load <= most ? 10 : 10.001 },
        { offeredPerSecond: load, utilisation: 0.5, p95Ms: 1e9 },
      ]
      const overloaded = (load: number) => [
        idle,
        { offeredPerSecond: load, utilisation: load <= most ? 0.999 : 1, p95Ms: 1 },
      ]
      for (const found of [late, overloaded]) {
        const headroom = await headroomWhere(found)
        assert.ok(headroom <= most && headroom > most / 1.031, `${headroom} of ${most}`)
      }
    }),
  )
})

test('headroom is 0 if not even a small part is carried, and ends at 64 if everything is', async () => {
  assert.equal(
    await headroomWhere(() => [{ ...idle, offeredPerSecond: 1, utilisation: 1 }, idle]),
    0,
  )
  const all = await headroomWhere(() => [idle, idle])
  assert.ok(all >= 64 && all <= 256, `${all}`)
})
