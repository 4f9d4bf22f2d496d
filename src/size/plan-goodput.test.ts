import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fingerprint } from '../device/device.js'
import { loadDemand } from '../io/demand.js'
import { mean } from '../numbers.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { MOST_RATE } from '../quantities.js'
import type { ServiceModel } from '../schedule/serving/shared-device.js'
import { loadPoint } from './load-curve.js'
import { carries, goodputOf, type ServedDemand, serveAt } from './plan-goodput.js'

const SERVICE_US = 10_000
const RATE = 50
const demand = loadDemand(`alexnet/8:${RATE}@50ms`)
const [asked] = demand.models

/** One instance that takes its requests one by one, in the order in which they came. */
function planWith(targetMs: number, quantile = 0.99): ServingPlan {
  const { device } = demand
  return {
    format: 'eclip.serving/1',
    device: { name: device.name, fingerprint: fingerprint(device) },
    mechanism: 'streams',
    concurrency: 1,
    priority: 'none',
    models: [
      {
        ...{ name: asked.name, model: asked.model, samples: 8, batches: [8], maxDelayMs: 0 },
        ...{ targetMs, quantile, priorityClass: 'normal', late: 'serve', instances: 1, share: 132 },
        expectedMs: { 8: [SERVICE_US / 1000] },
      },
    ],
    evidence: { policy: 'test', parameters: {} },
  }
}

const service: ServiceModel = {
  dispatchUs: () => 0,
  workUs: () => SERVICE_US,
  speeds: (running, speeds) => speeds.fill(1, 0, running.length),
}

const servedBy = (plan: ServingPlan): ServedDemand => ({ demand, plan, service })

/** The probability that a request of an M/D/1 queue waits at most this many service times (Erlang, Crommelin). */
function waitsAtMost(times: number, load: number): number {
  let total = 0
  let factorial = 1
  for (let k = 0; k <= times; k++) {
    if (k > 0) factorial *= k
    const x = load * (k - times)
    total += (x ** k / factorial) * Math.exp(-x)
  }
  return (1 - load) * total
}

/** The largest load at which this share of requests waits no longer than that. */
function mostLoad(times: number, quantile: number): number {
  let [low, high] = [0, 1]
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (waitsAtMost(times, middle) >= quantile) low = middle
    else high = middle
  }
  return low
}

test('one instance with a constant time carries as much as the M/D/1 queue', () => {
  for (const [targetMs, quantile] of [
    [50, 0.99],
    [30, 0.95],
    [15, 0.5],
  ]) {
    const seeds = [1, 2, 3, 4, 5, 6]
    const goodput = mean(
      seeds.map((seed) => goodputOf(servedBy(planWith(targetMs, quantile)), seed, 1)),
    )
    const expected = mostLoad(targetMs / 10 - 1, quantile) / ((RATE * SERVICE_US) / 1e6)
    assert.ok(Math.abs(goodput / expected - 1) < 0.04, `${goodput} for ${expected}`)
  }
})

test('a target beyond all simulated queues promises no more than the instance can do', () => {
  const most = 1e6 / SERVICE_US / RATE
  const [model] = demand.models
  const quick = { ...demand, models: [{ ...model, soloUs: SERVICE_US }] }
  const plan = planWith(1e6)
  const goodput = goodputOf({ demand: quick, plan, service }, 1, 1)
  assert.ok(goodput > 0.95 * most && goodput < 1.1 * most, `${goodput} for ${most}`)
})

test('each model may miss its own share, whatever the others attain', () => {
  // With a target of 15 ms the second model is the first to miss its quantile, with one of 50 ms the first model.
  for (const targetMs of [15, 50]) {
    const [often, seldom] = [planWith(50, 0.99), planWith(targetMs, 0.5)]
    const models = [...often.models, ...seldom.models]
    const both = { ...servedBy({ ...often, models, concurrency: 2 }) }
    const pair = { ...both, demand: { ...demand, models: [asked, asked] } }
    const waits = targetMs / (SERVICE_US / 1000) - 1
    const most = Math.min(mostLoad(4, 0.99), mostLoad(waits, 0.5)) / ((RATE * SERVICE_US) / 1e6)
    assert.ok(carries(pair, 0.9 * most, 1))
    assert.ok(!carries(pair, 1.1 * most, 1))
  }
})

test('a small part of a demand is carried as well as all of a smaller one, down to a thousandth', () => {
  const goodput = (ratePerSecond: number): number => {
    const models = [{ ...asked, ratePerSecond }]
    return goodputOf({ ...servedBy(planWith(50)), demand: { ...demand, models } }, 1, 1)
  }
  const most = RATE * goodput(RATE)
  for (const ratePerSecond of [1e3, 1e4, 0.9e3 * most]) {
    const carried = ratePerSecond * goodput(ratePerSecond)
    assert.ok(Math.abs(carried / most - 1) < 0.03, `${carried} of ${ratePerSecond} for ${most}`)
  }
  assert.equal(goodput(1.1e3 * most), 0)
})

test('a plan that carries more than can be asked for carries the most that can be', () => {
  const models = [{ ...asked, ratePerSecond: 0.9 * MOST_RATE }]
  const quick: ServiceModel = { ...service, workUs: () => 0.1 }
  const served = { demand: { ...demand, models }, plan: planWith(50), service: quick }
  assert.equal(goodputOf(served, 1, 1) * models[0].ratePerSecond, MOST_RATE)
})

test('the goodput is carried and 1.1% more is not, wherever the search begins', () => {
  const plan = planWith(50)
  for (const from of [0.01, 0.9, 1.3, 40]) {
    const goodput = goodputOf(servedBy(plan), 7, from)
    assert.ok(carries(servedBy(plan), goodput, 7))
    assert.ok(!carries(servedBy(plan), goodput * 1.011, 7), `from ${from}`)
  }
})

test('a target shorter than the service time is met at no load', () => {
  assert.equal(goodputOf(servedBy(planWith(9.9)), 1, 1), 0)
})

test('a run has 3000 requests, or three that may miss, or lasts ten targets, but has at most 120,000 in all', () => {
  const offeredAt = (load: number, quantile: number): number => {
    const [counts] = serveAt(servedBy(planWith(50, quantile)), load, 1).models
    assert.equal(counts.answered + counts.dropped, counts.offered)
    return counts.offered
  }
  for (const [load, quantile, offered] of [
    [0.5, 0.99, 3000],
    [0.5, 0.999, 3000],
    [0.5, 0.9999, 30_000],
    [1000, 0.99, 25_000],
    [10_000, 0.99, 120_000],
  ]) {
    const found = offeredAt(load, quantile)
    assert.ok(Math.abs(found / offered - 1) < 3 / Math.sqrt(offered), `${found} at ${load}`)
  }
})

test('under a light load every request takes its own time, and a launch carries the samples of one', () => {
  const [model] = loadPoint(servedBy(planWith(50)), 0.002, 1).models
  const { p50Ms, attainment, batch } = model
  assert.ok(Math.abs(p50Ms - SERVICE_US / 1000) < 0.002 * p50Ms, `${p50Ms}`)
  assert.deepEqual([attainment, batch], [1, asked.samples])
})
