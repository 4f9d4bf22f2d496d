import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../io/demand.js'
import { mean } from '../numbers.js'
import type { Demand } from '../workload/demand.js'
import type { Colocation } from './colocation.js'
import { dispatchUs, expectedMs, nthDispatchUs } from './dispatch.js'

const shipped = loadDemand('alexnet/8:300@20ms+vgg19/8:100@40ms')

/** The demand where the profiles of its first model, and the device, say this of dispatch. */
function demandWith(ofProfile?: number, ofDevice?: number): Demand {
  const [first, second] = shipped.models.map((model, m) => ({
    ...model,
    profiles: model.profiles.map((profile) => ({
      ...profile,
      dispatchUs: m === 0 ? ofProfile : undefined,
    })),
  }))
  const costs = { ...shipped.device.costs, dispatchUs: ofDevice }
  return { ...shipped, models: [first, second], device: { ...shipped.device, costs } } as Demand
}

const of = (demand: Demand): number[] => [0, 1].map((model) => dispatchUs(demand, model, 8))

/** The second model's request has this latency alone, in µs. */
function lasting(us: number, ofDevice: number): Demand {
  const demand = demandWith(700, ofDevice)
  const [first, second] = demand.models
  const profiles = second.profiles.map((profile) => ({ ...profile, latencyUs: { 132: us } }))
  return { ...demand, models: [first, { ...second, profiles }] }
}

test('dispatch takes what the profile says, or else no time if the device does not say it either', () => {
  assert.equal(of(demandWith(700, 300))[0], 700)
  assert.equal(of(demandWith(0, 300))[0], 0)
  assert.deepEqual(of(demandWith()), [0, 0])
})

test('dispatch of a launch of 1 ms takes what the device says, and twice that at 16 ms', () => {
  assert.equal(of(lasting(1000, 300))[1], 300)
  assert.equal(of(lasting(16_000, 300))[1], 600)
  assert.equal(of(lasting(1000 / 16, 300))[1], 150)
})

test('the dispatch of launches varies around its mean, mostly below it, and never by more than the mean allows', () => {
  for (const [meanUs, leastUs] of [
    [500, 380],
    [100, 40],
  ]) {
    const launches = Array.from({ length: 10_000 }, (_, nth) => nthDispatchUs(meanUs, nth))
    assert.ok(Math.abs(mean(launches) / meanUs - 1) < 0.001)
    assert.ok(launches.every((us) => us >= leastUs && us < leastUs + 12 * (meanUs - leastUs)))
    const overMean = launches.filter((us) => us > meanUs).length / launches.length
    assert.ok(Math.abs(overMean - Math.exp(-1)) < 0.001)
  }
  assert.equal(nthDispatchUs(0, 5), 0)
})

test('few launches have nearly the mean dispatch as well', () => {
  for (const start of [0, 77, 5000]) {
    const launches = Array.from({ length: 50 }, (_, n) => nthDispatchUs(400, start + n))
    assert.ok(Math.abs(mean(launches) / 400 - 1) < 0.04)
  }
})

test('a plan expects of each launch its time in company and its dispatch', () => {
  const colocation = {
    launchMs: (model: number, batch: number, atOnce: number) => [model, batch, atOnce],
  } as unknown as Colocation
  assert.deepEqual(expectedMs(demandWith(500, 250), colocation, 0, 8, 3), [0.5, 8.5, 3.5])
  assert.deepEqual(expectedMs(lasting(1000, 250), colocation, 1, 8, 3), [1.25, 8.25, 3.25])
})
