import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Metrics } from '../simulate/metrics.js'
import { type Claim, tally } from './claim.js'
import { judge } from './claims.js'
import { paperMixes, reproducedPolicies } from './paper.js'
import { switchesEffect } from './reasons.js'
import type { MixResult } from './run-mix.js'

/** One worker at this rate. Latency falls as the rate rises, and power stays the same. */
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

/** All mixes with this rate for each policy; 100 for policies that are not named. */
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
          maskedStreams: 6,
        },
      ]),
    ),
    freeSwitches: new Map(),
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
  assert.match(lost.why, /Mix 1: model-wise 1\.20 with 14 switches against 1\.10 with 14 switches/)
})

test('policies the paper does not plot do not count against ECLIP', () => {
  assert.equal(claimOf({ eclip: 110, krisp: 150, windows: 160 }, 'eclip-best').holds, true)
})

test("a mean gain is confirmed from half of the paper's gain on", () => {
  assert.equal(claimOf({ eclip: 107 }, 'eclip-throughput-mean').holds, true)
  assert.equal(claimOf({ eclip: 106 }, 'eclip-throughput-mean').holds, false)
  assert.equal(claimOf({ eclip: 107 }, 'eclip-energy-mean').holds, false)
})

test('a change is confirmed within limits: the opposite change, or a much larger one, is not the same', () => {
  // p95 falls as the rate rises, so 1 / 1.08 of the rate is 8% more latency.
  assert.equal(claimOf({ eclip: 100 / 1.08 }, 'eclip-p95').holds, true)
  assert.equal(claimOf({ eclip: 100 / 0.88 }, 'eclip-p95').holds, false, '12% less')
  assert.equal(claimOf({ eclip: 100 / 1.2 }, 'eclip-p95').holds, false, '20% more')
  assert.equal(claimOf({ eclip: 100 }, 'eclip-p95').holds, false, 'no change')
  assert.equal(claimOf({ eclip: 125 }, 'eclip-throughput-mean').holds, false, 'twice as much')
})

test('the gain belongs to the switches only if it is absent without them', () => {
  assert.equal(claimOf({ eclip: 113 }, 'switches-gain').holds, true)
  const without = claimOf({ eclip: 113, 'eclip-unswitched': 113 }, 'switches-gain')
  assert.equal(without.holds, false)
  assert.match(without.why, /ECLIP there: \+13%; with no switch allowed \+13%/)
})

test('a mean is given with and without its best mix', () => {
  const mixes = mixesAt({ eclip: 100 })
  const carried = mixes.map((mix) => (mix.mix.id === 5 ? mixesAt({ eclip: 170 })[4] : mix))
  const claims = judge({ mixes: carried, maskCosts: [], streams: [], budgets: [] })
  const mean = claims.find(({ id }) => id === 'eclip-throughput-mean')
  assert.match(mean?.ours ?? '', /^\+10%; \+0\.0% without Mix 5/)
})

test('a number that the model was given is an input, and never counts as a claim that holds', () => {
  const claims = judge({ mixes: mixesAt({}), maskCosts: [], streams: [], budgets: [] })
  const inputs = claims.filter(({ kind }) => kind === 'input').map(({ id }) => id)
  assert.deepEqual(inputs, ['table-ioctl', 'table-eclip'])
  const held = claims.filter(({ kind, holds }) => kind === 'claim' && holds).length
  assert.equal(tally(claims), `${held} of ${claims.length - 2} claims hold; 2 more are inputs`)
})

test("switch counts are within a third of the paper's, or the claim differs", () => {
  // 14 switches everywhere: this is within a third of 10 and 12, but not of 20 and more.
  const counts = claimOf({}, 'table-eclip-counts')
  assert.match(counts.ours, /in 2 of 7 mixes|in 1 of 7 mixes/)
  assert.equal(counts.holds, false)
  assert.match(counts.why, /Mix 1: \u221267%/)
})

test('a reason says what free switches would do, and admits that a cause is not known', () => {
  const mixes = mixesAt({ eclip: 100 })
  const withFree = (rate: number): MixResult[] =>
    mixes.map((mix) => ({ ...mix, freeSwitches: new Map([['eclip', metricsAt(rate)]]) }))
  assert.match(switchesEffect(withFree(100), 'throughput'), /gains nothing there even for free/)
  assert.match(switchesEffect(withFree(110), 'throughput'), /its barriers cost/)
  const ahead = withFree(110).map((mix) => ({
    ...mix,
    policies: new Map([
      ...mix.policies,
      ['eclip', mixesAt({ eclip: 110 })[0].policies.get('eclip')!],
    ]),
  }))
  assert.match(switchesEffect(ahead, 'throughput'), /the cause is not known/)
})

test('the slowest plotted policy is KW-Prealloc, or the claim differs', () => {
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

/** The claim if one mix has rates other than the rest. */
function claimWithMix(
  rates: Readonly<Record<string, number>>,
  id: number,
  there: Readonly<Record<string, number>>,
  claimId: string,
): Claim {
  const mixes = mixesAt(rates).map((mix, i) => (mix.mix.id === id ? mixesAt(there)[i] : mix))
  const claims = judge({ mixes, maskCosts: [], streams: [], budgets: [] })
  return claims.find((claim) => claim.id === claimId) as Claim
}

test("the gain is largest in the paper's mix, and about as large, or the claim differs", () => {
  const most = (id: number, rate: number): boolean =>
    claimWithMix({ eclip: 105 }, id, { eclip: rate }, 'eclip-throughput-most').holds
  assert.equal(most(7, 121), true)
  assert.equal(most(5, 121), false, 'another mix')
  assert.equal(most(7, 145), false, 'more than one and a half of it')
})

test('inconsistent means better in some mixes and worse in others, not only better in some', () => {
  const holds = (rates: Record<string, number>, there: Record<string, number>): boolean =>
    claimWithMix(rates, 2, there, 'model-wise-inconsistent').holds
  assert.equal(holds({ 'model-wise': 110 }, { 'model-wise': 90 }), true)
  assert.equal(holds({ 'model-wise': 110 }, { 'model-wise': 100 }), false)
  assert.equal(holds({ 'model-wise': 100 }, { 'model-wise': 90 }), false)
})

test('Model-Wise is bad in Mix 3 only if its p95 there is no better than Baseline', () => {
  const holds = (rate: number): boolean =>
    claimWithMix({}, 3, { 'model-wise': rate }, 'model-wise-p95-mix-3').holds
  assert.equal(holds(95), true)
  assert.equal(holds(106), false)
})

test('KW-Prealloc takes about the energy of Baseline within a tenth, more or less', () => {
  const holds = (rate: number): boolean =>
    claimOf({ 'kernel-wise-prealloc': rate }, 'prealloc-energy').holds
  assert.deepEqual([91, 109, 89, 111].map(holds), [true, true, false, false])
})

test('KW-Prealloc has the worst p95 in every mix, or the claim differs', () => {
  assert.equal(claimOf({ 'kernel-wise-prealloc': 60 }, 'prealloc-p95').holds, true)
  const rates = { 'kernel-wise-prealloc': 60 }
  const there = { ...rates, 'model-wise': 50 }
  assert.equal(claimWithMix(rates, 4, there, 'prealloc-p95').holds, false)
})

test('KW-IOCTL is below every plotted scenario in every mix, or the claim differs', () => {
  const rates = { 'kernel-wise-ioctl': 40 }
  assert.equal(claimOf(rates, 'ioctl-unusable').holds, true)
  const there = { 'kernel-wise-ioctl': 105 }
  assert.equal(claimWithMix(rates, 3, there, 'ioctl-unusable').holds, false)
})

test('some workers run ahead only if ECLIP is fairer by more than noise', () => {
  const unfair = (policy: string, fairness: number): boolean => {
    const mixes = mixesAt({}).map((mix) => {
      const result = mix.policies.get(policy)!
      const metrics = { ...result.metrics, fairness }
      return { ...mix, policies: new Map([...mix.policies, [policy, { ...result, metrics }]]) }
    })
    const claims = judge({ mixes, maskCosts: [], streams: [], budgets: [] })
    return claims.find(({ id }) => id === 'run-ahead-mix-7')!.holds
  }
  assert.equal(unfair('baseline', 0.8), true)
  assert.equal(unfair('baseline', 0.97), false)
  assert.equal(unfair('eclip', 0.8), false)
})

test('a budget pays off if it gains more than no budget, and a larger one does not gain more', () => {
  const budget = (
    ...throughputs: readonly [none: number, chosen: number, most: number]
  ): boolean => {
    const budgets = [0, 14, 40].map((value, i) => ({
      value,
      throughput: throughputs[i],
      weightedSpeedup: 1,
      requestsPerWatt: 1,
      p95: 1,
      switches: value,
      mixes: 7,
    }))
    const claims = judge({ mixes: mixesAt({}), maskCosts: [], streams: [], budgets })
    return claims.find(({ id }) => id === 'budget-14')!.holds
  }
  assert.equal(budget(1.02, 1.13, 1.1), true)
  assert.equal(budget(1.13, 1.13, 1.1), false, 'none does as well')
  assert.equal(budget(1.02, 1.13, 1.2), false, 'more gains more')
})

test('latency is flat and then steep, or the streams are an input that is not met', () => {
  const streams = (at7: number, at12: number): Claim => {
    const latencies = Array.from({ length: 12 }, (_, i) => ({
      streams: i + 1,
      meanMs: i + 1 <= 6 ? 1 : i + 1 === 7 ? at7 : at12,
      worstMs: 2,
    }))
    const claims = judge({ mixes: mixesAt({}), maskCosts: [], streams: latencies, budgets: [] })
    return claims.find(({ id }) => id === 'streams-knee')!
  }
  assert.deepEqual([streams(1, 1.5).holds, streams(1, 1.5).kind], [true, 'input'])
  assert.equal(streams(1, 1.1).holds, false)
  assert.equal(streams(1.2, 1.8).holds, false)
})
