import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Profile } from '../../profile/profile.js'
import { cuUtilization, EnergyMeter } from './energy.js'
import type { Machine } from './machine.js'
import { energyParts, powerW } from './power.js'

function meterOn(state: { blocks: number; busyCus: number }): EnergyMeter {
  return new EnergyMeter(state as unknown as Machine)
}

test('time counts while blocks are present, by the units they hold; work counts when it ends', () => {
  const state = { blocks: 1, busyCus: 20 }
  const meter = meterOn(state)
  meter.advance(10)
  state.busyCus = 40
  meter.advance(15)
  state.blocks = 0
  meter.advance(20)
  meter.add(7, 3)
  meter.add(8, 4)
  const use = { activeUs: 15, busyCuUs: 10 * 20 + 5 * 40, workCuUs: 15, trafficUs: 7 }
  assert.deepEqual(meter.use(), use)
  state.blocks = 1
  meter.advance(22)
  meter.add(1, 2)
  assert.deepEqual(meter.use(use), { activeUs: 2, busyCuUs: 80, workCuUs: 1, trafficUs: 2 })
  meter.reset()
  assert.deepEqual(meter.use(), { activeUs: 0, busyCuUs: 0, workCuUs: 0, trafficUs: 0 })
})

test('the share of the units in use, at most 1', () => {
  const use = { activeUs: 0, busyCuUs: 132 * 50, workCuUs: 0, trafficUs: 0 }
  assert.equal(cuUtilization(h200, use, 100), 0.5)
  assert.equal(cuUtilization(h200, use, 49), 1)
})

const device = {
  ...h200,
  costs: { ...h200.costs, hostTurnaroundUs: 20 },
  power: {
    ...{ idleW: 100, activeW: 50, cuBusyW: 0.5, cuWorkW: 2, memoryBusyW: 30, limitW: 600 },
    sharedEnergyShare: 0.25,
  },
}
const use = { activeUs: 800, busyCuUs: 40_000, workCuUs: 30_000, trafficUs: 500 }

/** A model that takes 80 us on the whole device. */
function profileOf(watts?: number): Profile {
  return {
    ...{ format: 'eclip.profile/1', model: 'm', batch: 1, device: 'h200', source: 'measured' },
    kernels: [
      {
        ...{ name: 'k', grid: [1, 1, 1], block: [32, 1, 1], registers: 16, sharedMemoryBytes: 0 },
        durationUs: { 132: 80 },
      },
    ],
    ...(watts !== undefined && { powerW: watts }),
  } as Profile
}

test('modelled power: idle, active, busy units, work and traffic, up to the limit', () => {
  const active = [{ profile: profileOf(), requestsPerSecond: 1000 }]
  assert.equal(powerW(device, active, use, 1000), 100 + 40 + 20 + 60 + 15)
  assert.equal(powerW(device, active, use, 100), 600)
})

test('measured power: each request takes its energy alone, and more if it shares the device', () => {
  const of = (watts: number, requestsPerSecond: number) => ({
    profile: profileOf(watts),
    requestsPerSecond,
  })
  // 5000 requests/s of 100 us take half of the time; alone a request takes 350 - 100 - 50 W more.
  assert.equal(powerW(device, [of(350, 5000)], use, 1000), 100 + 40 + 100)
  // Two alike: half of the dynamic power belongs to others, which adds a quarter of that half.
  const two = powerW(device, [of(350, 5000), of(350, 5000)], use, 1000)
  assert.ok(Math.abs(two - (100 + 40 + 200 * 1.125)) < 1e-9, `${two}`)
  assert.equal(powerW(device, [of(120, 5000)], use, 1000), 140)
  assert.equal(powerW(device, [of(9000, 9000)], use, 1000), 600)
})

test('workers share the energy by what their requests take alone beyond the idle device', () => {
  const of = (watts: number | undefined, requestsPerSecond: number) => ({
    profile: profileOf(watts),
    requestsPerSecond,
  })
  // 250 W more than idle against 50 W more, at twice the rate.
  assert.deepEqual(energyParts(device, [of(350, 100), of(150, 200)]), [2.5 / 3.5, 1 / 3.5])
  // If one of them was not measured, only time counts.
  assert.deepEqual(energyParts(device, [of(350, 100), of(undefined, 300)]), [0.25, 0.75])
  assert.ok(energyParts(device, [of(350, 0)]).every(Number.isNaN))
})
