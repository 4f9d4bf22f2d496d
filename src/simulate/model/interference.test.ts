import assert from 'node:assert/strict'
import { test } from 'node:test'
import { h200 } from '../../device/catalog/h200.js'
import type { Device } from '../../device/device.js'
import type { ByHog } from '../../device/hogs.js'
import { buildPlan } from '../../plan/build.js'
import type { Profile } from '../../profile/profile.js'
import { closedLoopWorker, type Scenario } from '../../workload/scenario.js'
import { simulate } from '../simulate.js'
import { couplings, isProbed } from './interference.js'

const SLOWDOWNS: ByHog = { stream: 2, cache: 2, products: 1.25 }

/** An H200 on which a hog beside another takes twice as long, and on which launches take no time. */
const device: Device = {
  ...h200,
  contention: { ...h200.contention, coldStartUs: 0 },
  costs: {
    ...h200.costs,
    ...{ sharedLaunchGapUs: 0, launchGapPerWorkerUs: 0 },
    ...{ hostTurnaroundUs: 0, hostTurnaroundPerWorkerUs: 0 },
  },
  hogs: {
    cus: 64,
    hogCus: 56,
    pressure: { stream: SLOWDOWNS, cache: SLOWDOWNS, products: SLOWDOWNS },
  },
}

/**
 * One kernel that fills any part of the device, and takes half as long on twice as much. It seldom ends, so it is
 * always there when a neighbour looks.
 */
function profile(sensitivity?: ByHog, pressure?: ByHog, us = 1000): Profile {
  return {
    ...{ format: 'eclip.profile/1', model: 'm', batch: 1, device: 'h200', source: 'measured' },
    ...(sensitivity &&
      pressure && { interference: { cus: 64, hogCus: 56, sensitivity, pressure } }),
    kernels: [
      {
        ...{ name: 'k', grid: [16_384, 1, 1], block: [256, 1, 1], registers: 32 },
        sharedMemoryBytes: 0,
        durationUs: { 64: us, 128: us / 2, 132: us / 2 },
      },
    ],
  }
}

/** How many times as long requests of the first worker take beside the second, each on 64 CUs. */
function slowdown(own: Profile, other: Profile): number {
  const parts = [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [8, 9, 10, 11, 12, 13, 14, 15],
  ]
  const rate = (profiles: readonly Profile[]): number => {
    const scenario: Scenario = {
      device,
      workers: profiles.map((one, w) => closedLoopWorker(`w${w}`, one)),
    }
    const plan = buildPlan(scenario, {
      mechanism: 'pooled',
      pool: profiles.map((_, w) => ({ granules: parts[w], owner: w })),
      groups: profiles.map((_, w) => [{ kernels: 1, partition: w, priority: 0 }]),
      evidence: { policy: 'test', parameters: {} },
    })
    return simulate(scenario, plan, { warmupUs: 0, durationUs: 1e6 }).workers[0].requestsPerSecond
  }
  return rate([own]) / rate([own, other])
}

const none: ByHog = { stream: 1, cache: 1, products: 1 }

/** A neighbour that slows hogs by this much. Its kernels are long, so it is always there. */
const slowing = (pressure: Partial<ByHog>): Profile =>
  profile(none, { ...none, ...pressure }, 37_000)

function isClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 0.03, `${actual}, not ${expected}`)
}

test('a model beside one that acts like the hogs takes as long as it was measured beside them', () => {
  isClose(slowdown(profile(SLOWDOWNS, none), slowing(SLOWDOWNS)), 2)
})

test('half the pressure of the hogs slows others half as much', () => {
  const half = slowing({ stream: 1.5, cache: 1.5 })
  isClose(slowdown(profile(SLOWDOWNS, none), half), 1.5)
})

test('a neighbour counts four fifths as a stream, and one fifth as one that lies in the cache', () => {
  isClose(slowdown(profile(SLOWDOWNS, none), slowing({ stream: 2 })), 1.8)
  isClose(slowdown(profile(SLOWDOWNS, none), slowing({ cache: 2 })), 1.2)
  isClose(slowdown(profile({ ...none, cache: 2 }, none), slowing(SLOWDOWNS)), 1.2)
})

test('if hogs of the cache do not disturb each other, only streaming counts', () => {
  const probed = profile(SLOWDOWNS, SLOWDOWNS)
  const { hogs } = device
  assert.ok(hogs)
  const cache = { ...SLOWDOWNS, cache: 1 }
  const roomy = { ...device, hogs: { ...hogs, pressure: { ...hogs.pressure, cache } } }
  const [both] = couplings(device, [probed], [0]) ?? []
  const [alone] = couplings(roomy, [probed], [0]) ?? []
  // All slowdowns are equal here, so their weights make no difference.
  assert.ok(Math.abs(alone / both - 1) < 1e-9, `${alone}, ${both}`)
  const [streaming] = couplings(roomy, [profile({ ...SLOWDOWNS, cache: 9 }, SLOWDOWNS)], [0]) ?? []
  assert.equal(streaming, alone)
})

test('a model that neither suffers nor causes slowdowns is not slowed down', () => {
  assert.equal(slowdown(profile(none, none), profile(none, SLOWDOWNS)), 1)
  assert.equal(slowdown(profile(SLOWDOWNS, none), profile(none, none)), 1)
})

test('a pair in which one was not measured is guessed, and so is everything without the scale', () => {
  const probed = profile(SLOWDOWNS, SLOWDOWNS)
  assert.equal(couplings(device, [profile(), profile()], [0, 0]), undefined)
  const { hogs: _, ...unscaled } = device
  assert.equal(couplings(unscaled, [probed, probed], [0, 0]), undefined)
  const [own, there, back, guessed] = couplings(device, [probed, profile()], [0, 0]) ?? []
  assert.ok(own > 0 && own !== 1)
  assert.deepEqual([there, back, guessed], [1, 1, 1])
  assert.deepEqual([isProbed(device, probed), isProbed(device, profile())], [true, false])
  assert.equal(isProbed(unscaled, probed), false)
  // In a memory of its own, such as that of a MIG instance, a neighbour's traffic does not count.
  assert.deepEqual([...(couplings(device, [probed, probed], [0, 1]) ?? [])], [own, 0, 0, own])
})

test('the part that neighbours add to the gaps between kernels is not counted twice', () => {
  const slow = { ...device, costs: { ...device.costs, sharedLaunchGapUs: 100 } }
  const probed = profile(SLOWDOWNS, SLOWDOWNS)
  const [quick] = couplings(device, [probed], [0]) ?? []
  const [less] = couplings(slow, [probed], [0]) ?? []
  assert.ok(less < quick, `${less}, ${quick}`)
})

test('a gap that was also measured alone is not counted as caused by neighbours', () => {
  const slow = { ...device, costs: { ...device.costs, sharedLaunchGapUs: 100 } }
  const alone = { ...profile(SLOWDOWNS, SLOWDOWNS), latencyUs: { 64: 1000 } }
  const [added] = couplings(slow, [alone], [0]) ?? []
  const [there] = couplings(slow, [{ ...alone, gapUs: { 64: 100 } }], [0]) ?? []
  assert.ok(there > added, `${there}, ${added}`)
})

test('multiples are of what memory stretches by guess; there are none if that is nothing', () => {
  const probed = profile(SLOWDOWNS, SLOWDOWNS)
  const coupled = (memory: number) =>
    couplings({ ...device, contention: { ...device.contention, memory } }, [probed], [0])
  assert.equal(coupled(0), undefined)
  const [[own], [half]] = [coupled(1) ?? [], coupled(2) ?? []]
  assert.ok(own > 0 && Math.abs(half - own / 2) < 1e-12)
})
