import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadScenario } from '../../io/scenario.js'
import { mean } from '../../numbers.js'
import type { DeviceSample } from '../result.js'
import { simulate } from '../simulate.js'
import { streamsPlan } from '../streams-plan.test.fixture.js'

const scenario = loadScenario('alexnet/8+vgg19/8')
const plan = streamsPlan(scenario)

test('the samples of a run average to its figures for the whole window', () => {
  const samples: DeviceSample[] = []
  const { powerW, cuUtilization } = simulate(scenario, plan, {
    ...{ seed: 1, mode: 'exact', warmupUs: 10_000, durationUs: 40_000 },
    onSample: (sample) => samples.push(sample),
    sampleUs: 5000,
  })
  assert.deepEqual(
    samples.map(({ timeUs }) => timeUs),
    [15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 45_000, 50_000],
  )
  const close = (one: number, other: number) =>
    assert.ok(Math.abs(one / other - 1) < 0.01, `${one} for ${other}`)
  close(mean(samples.map((sample) => sample.occupancy)), cuUtilization)
  close(mean(samples.map((sample) => sample.powerW)), powerW)
})
