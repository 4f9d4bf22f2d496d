import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Metrics } from '../simulate/metrics.js'
import { type Claim, judge } from './claims.js'
import { paperMixes, reproducedPolicies } from './paper.js'
import type { MixResult } from './run-mix.js'

/** One worker at the given rate; latency falls as the rate rises, power stays. */
function metricsAt(rate: number): Metrics {
  return {
    workers: [
      {
        name: 'a',
        offeredPerSecond: null,
        requestsPerSecond: rate,
        normalizedThroughput: rate / 100,
        shareOfSolo: rate / 100,
        utilisation: null,
        p50Ms: 1000 / rate,
        p95Ms: 1000 / rate,
        p99Ms: 1000 / rate,
        switchesPerRequest: 0,
      },
    ],
    weightedSpeedup: rate / 100,
    fairness: 1,
    lowestWorker: rate / 100,
    requestsPerSecond: rate,
    powerW: 200,
    joulesPerRequest: 200 / rate,
    requestsPerJoule: rate / 200,
    workPerKilojoule: rate / 20,
    cuUtilization: 1,
  }
}

/** All mixes with the given rate of each policy; 100 for those not named. */
function mixesAt(rates: Readonly<Record<string, number>>): MixResult[] {
  return paperMixes.map((mix) => ({
    mix,
    policies: new Map(
      reproducedPolicies.map((policy) => [
        policy,
        {
          policy,
          metrics: metricsAt(rates[policy] ?? 100),
          switches: policy === 'kernel-wise-ioctl' ? mix.switches.ioctl : 14,
          mostSwitchesOfWorker: 14,
        },
      ]),
    ),
  }))
}

function claimOf(rates: Readonly<Record<string, number>>, id: string): Claim {
  const claims = judge({ mixes: mixesAt(rates), maskCosts: [], streams: [], budgets: [] })
  return claims.find((claim) => claim.id === id) as Claim
}

test('ECLIP is best only if no plotted policy is ahead by more than a tie', () => {
  assert.equal(claimOf({ eclip: 110 }, 'eclip-best').holds, true)
  assert.equal(claimOf({ eclip: 110, 'model-wise': 110.2 }, 'eclip-best').holds, true)
  const lost = claimOf({ eclip: 110, 'model-wise': 120 }, 'eclip-best')
  assert.equal(lost.holds, false)
  assert.match(lost.why, /Mix 1: model-wise 1\.20 against 1\.10/)
})

test('policies the paper does not plot do not count against ECLIP', () => {
  assert.equal(claimOf({ eclip: 110, krisp: 150, windows: 160 }, 'eclip-best').holds, true)
})

test('a mean gain is confirmed from half of the paper on', () => {
  assert.equal(claimOf({ eclip: 107 }, 'eclip-throughput-mean').holds, true)
  assert.equal(claimOf({ eclip: 106 }, 'eclip-throughput-mean').holds, false)
  assert.equal(claimOf({ eclip: 107 }, 'eclip-energy-mean').holds, false)
})

test('the slowest plotted policy is KW-Prealloc or the claim differs', () => {
  assert.equal(claimOf({ 'kernel-wise-prealloc': 60 }, 'prealloc-throughput').holds, true)
  assert.equal(claimOf({ 'model-wise': 60 }, 'prealloc-throughput').holds, false)
})

test('every claim that differs says why, and none that holds does', () => {
  const cases: Record<string, number>[] = [
    { eclip: 110 },
    { eclip: 80, 'kernel-wise-prealloc': 130 },
  ]
  for (const rates of cases) {
    for (const claim of judge({
      mixes: mixesAt(rates),
      maskCosts: [],
      streams: [],
      budgets: [],
    })) {
      assert.equal(claim.why === '', claim.holds, claim.id)
    }
  }
})
