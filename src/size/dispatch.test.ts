import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDemand } from '../io/demand.js'
import type { Demand } from '../workload/demand.js'
import type { Colocation } from './colocation.js'
import { dispatchUs, expectedMs } from './dispatch.js'

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

test('dispatch takes what the profile says, or else what the device says, or else no time', () => {
  const of = (demand: Demand): number[] => [0, 1].map((model) => dispatchUs(demand, model, 8))
  assert.deepEqual(of(demandWith(700, 300)), [700, 300])
  assert.deepEqual(of(demandWith(0, 300)), [0, 300])
  assert.deepEqual(of(demandWith()), [0, 0])
})

test('a plan expects of each launch its time in company and its dispatch', () => {
  const colocation = {
    launchMs: (model: number, batch: number, atOnce: number) => [model, batch, atOnce],
  } as unknown as Colocation
  assert.deepEqual(expectedMs(demandWith(500, 250), colocation, 0, 8, 3), [0.5, 8.5, 3.5])
  assert.deepEqual(expectedMs(demandWith(500, 250), colocation, 1, 8, 3), [1.25, 8.25, 3.25])
})
