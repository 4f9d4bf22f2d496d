import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeDevice } from '../device/device.js'
import { loadScenario } from '../io/scenario.js'
import { wholeRequest } from '../policy/whole-request.js'
import { metricsOf } from '../simulate/metrics.js'
import { simulate } from '../simulate/simulate.js'
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
