import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../device/catalog/h200.js'
import { wholeDevice } from '../device/device.js'
import { randomScenario } from '../policy/random-scenario.test.fixture.js'
import { wholeRequest } from '../policy/whole-request.js'
import type { Metrics } from '../simulate/metrics.js'
import { record } from './recording.js'
import { RECORDING_US } from './simulation-windows.js'

const scenario = randomScenario(h200, 2, 4, (worker) => ({
  ...worker,
  load: { kind: 'poisson', ratePerSecond: 2000 },
}))
const plan = wholeRequest(scenario, 'baseline', {}, () => ({
  partition: wholeDevice(h200),
  owner: null,
}))

const recorded = (...rates: number[]) => {
  const metrics = { workers: rates.map((requestsPerSecond) => ({ requestsPerSecond })) }
  return record(scenario, plan, metrics as unknown as Metrics, { seed: 1, mode: 'exact' })
}

test('a recording is as long as three requests of the slowest worker, within its bounds', () => {
  const lengths = [
    [2000, 100],
    [20_000, 20_000],
    [2000, 1],
  ].map((rates) => recorded(...rates).durationUs)
  assert.deepEqual(lengths, [30_000, RECORDING_US.least, RECORDING_US.most])
})

test('times in a recording count from its start, and nothing before it is in it', () => {
  const { durationUs, kernels, arrivals, samples } = recorded(2000, 100)
  const within = (us: number): boolean => us >= 0 && us <= durationUs
  assert.ok(kernels.every(({ startUs, endUs }) => within(startUs) && endUs > startUs))
  assert.ok(arrivals.every(({ timeUs }) => within(timeUs)))
  assert.ok(samples.every(({ timeUs }) => within(timeUs)))
  const ends = kernels.map(({ endUs }) => endUs)
  assert.deepEqual(
    ends,
    ends.toSorted((a, b) => a - b),
  )
  // About 2000 requests per second of each worker, for 30 ms.
  assert.ok(arrivals.length > 90 && arrivals.length < 150, `${arrivals.length}`)
  const perRequest = scenario.workers.map(({ profile }) => profile.kernels.length)
  assert.ok(kernels.length > 90 * Math.min(...perRequest), `${kernels.length}`)
  assert.ok(samples.length > 450 && samples.length <= 501, `${samples.length}`)
})
