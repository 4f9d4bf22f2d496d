import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeDevice } from '../device/device.js'
import { loadProfile } from '../io/library.js'
import { loadScenario } from '../io/scenario.js'
import { wholeRequest } from '../policy/whole-request.js'
import { metricsOf } from '../simulate/metrics.js'
import { simulate } from '../simulate/simulate.js'
import { closedLoopWorker } from '../workload/scenario.js'
import { soloRates } from './solo.js'

// The first mixes have few, long kernels.
for (const mix of ['alexnet/8', 'vgg19/8', 'vgg19/32', 'albert/1', 'shufflenet/8']) {
  test(`${mix} alone has a weighted speedup of 1`, () => {
    const scenario = loadScenario(mix)
    const plan = wholeRequest(scenario, 'baseline', {}, () => ({
      partition: wholeDevice(scenario.device),
      owner: null,
    }))
    const window = { warmupUs: 50_000, durationUs: 2_000_000 }
    const { weightedSpeedup } = metricsOf(simulate(scenario, plan, window), soloRates(scenario))
    assert.ok(Math.abs(weightedSpeedup - 1) < 1e-3, `${weightedSpeedup}`)
  })
}

test('a model whose kernels take far longer than was measured of it all has a rate, too', () => {
  const profile = loadProfile('h200', 'alexnet', 8)
  const { latencyUs = {} } = profile
  const short = Object.keys(latencyUs).map((cus) => [cus, latencyUs[cus] / 200] as const)
  const { device } = loadScenario('alexnet/8')
  const wrong = { ...profile, latencyUs: Object.fromEntries(short) }
  const [rate] = soloRates({ device, workers: [closedLoopWorker('alexnet/8', wrong)] })
  const [usual] = soloRates({ device, workers: [closedLoopWorker('alexnet/8', profile)] })
  assert.ok(rate > usual && rate < 12 * usual, `${rate}`)
})
