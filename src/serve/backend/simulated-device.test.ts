import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nowUs } from '../../now.js'
import { echoModel, planOf } from '../echo.test.fixture.js'
import type { Launch } from './launch-device.js'
import { SimulatedDevice } from './simulated-device.js'

const LAUNCHES = 40

/** The mean time of launches that should take this long, run one after another, in µs. */
async function meanUs(durationUs: number): Promise<number> {
  const device = new SimulatedDevice([echoModel('m', ['FP32'])], () => durationUs)
  const [model] = planOf(['m']).models
  const launch: Launch = { instance: 0, model, batch: 1, level: 0, running: 1, requests: [] }
  const startUs = nowUs()
  for (let i = 0; i < LAUNCHES; i++) {
    const { times } = await device.launch(launch)
    assert.equal(times.computeUs, durationUs)
  }
  return (nowUs() - startUs) / LAUNCHES
}

test('launches take no less time than they should, below a millisecond and above', async () => {
  for (const durationUs of [300, 900, 1500, 4200]) {
    const us = await meanUs(durationUs)
    assert.ok(us > 0.99 * durationUs - 1000 / LAUNCHES, `${us} µs instead of ${durationUs}`)
  }
})

test('launches of no time end at once', async () => {
  const device = new SimulatedDevice([echoModel('m', ['FP32'])], () => 0)
  const [model] = planOf(['m']).models
  const launch: Launch = { instance: 0, model, batch: 1, level: 0, running: 1, requests: [] }
  let isOver = false
  const done = device.launch(launch).then(() => {
    isOver = true
  })
  await Promise.resolve()
  await Promise.resolve()
  assert.ok(isOver)
  await done
})
