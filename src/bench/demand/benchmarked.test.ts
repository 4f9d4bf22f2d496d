import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InputError } from '../../errors.js'
import { loadDemand } from '../../io/demand.js'
import { underServedNames } from '../../serve/backend/served-plan.js'
import { benchmarkOf, withBenchmark } from './benchmarked.js'
import { mpsContenders, ownContender, plainStreamsContender } from './contenders.js'
import { type GoodputFile, goodputFileSchema } from './goodput-file.js'

const demand = loadDemand('alexnet/8:200@8x+vgg19/8:100@8x')
const [{ plan }] = mpsContenders(demand, [{ sharePercent: 40, instances: 2 }])
const own = ownContender(demand, 'mine', plan)
const FALLBACK = own.fallback!

type Result = GoodputFile['results'][number]

/** What a bench writes about a contender that carries this much and was measured at these loads. */
function result(of: Pick<Result, 'name' | 'plan'>, goodput: number, loads = [0.5, 1, 2]): Result {
  const measurements = loads.map((load) => ({
    load,
    models: [],
    joulesPerRequest: 1 / load,
    senderLagMs: 0.2,
    tookS: 2,
  }))
  return { name: of.name, plan: of.plan, goodput, goodput95: goodput, startS: 1, measurements }
}

const STREAMS = result(plainStreamsContender(demand), 0.6)

function bench(...results: readonly Result[]): GoodputFile {
  return {
    format: 'eclip.goodput/1',
    command: 'eclip bench',
    date: '2026-11-20T10:00:00.000Z',
    demand: 'demand.json',
    gpu: 'NVIDIA H200',
    versions: {},
    results: [...results],
  }
}

test('a plan shows its measurements beside those of plain streams, whatever names it is served under', () => {
  const benchmark = benchmarkOf(own, bench(result(own, 1.2), STREAMS), 'bench.json')
  const served = underServedNames({ ...plan, evidence: { policy: 'size', parameters: {} } })
  assert.deepEqual(withBenchmark(served, benchmark).evidence, {
    policy: 'size',
    parameters: {},
    benchmarked: {
      goodput: 1.2,
      plainStreamsGoodput: 0.6,
      // At the loads of 1 and 0.5, which are closest to what each of the two carries.
      joulesPerRequest: 1,
      plainStreamsJoulesPerRequest: 2,
      gpu: 'NVIDIA H200',
      date: '2026-11-20T10:00:00.000Z',
    },
  })
})

test('another plan does not show them, nor does a plan under MPS show measurements without MPS', () => {
  const benchmark = benchmarkOf(own, bench(result(own, 1.2), STREAMS), 'bench.json')
  const another = { ...plan, concurrency: 1 }
  assert.equal(withBenchmark(another, benchmark), another)
  const without = benchmarkOf(own, bench(result(FALLBACK, 0.9), STREAMS), 'bench.json')
  assert.equal(withBenchmark(plan, without), plan)
  const { evidence } = withBenchmark(FALLBACK.plan, without)
  assert.equal(evidence.benchmarked?.goodput, 0.9)
})

test('a bench without results for the plan is refused in one line', () => {
  const mine = result(own, 1.2)
  const other = loadDemand('alexnet/8:200@8x')
  for (const [results, expected] of [
    [[result(plainStreamsContender(other), 1)], /results\[0\]\.plan: expected .*vgg19\/8 on h200/],
    [[STREAMS], /results: expected the plan that is served.*, found streams$/],
    [[mine], /results: expected streams, among them, found mine$/],
    [[mine, { ...STREAMS, failed: 'no GPU' }], /results\[1\]: .* served, found no GPU$/],
    [[{ ...mine, unfinished: true } as const, STREAMS], /results\[0\]: .* broken off$/],
    [[mine, result(STREAMS, 0, [])], /results\[1\]: .* broken off$/],
    [[mine, result(STREAMS, 2)], /results\[1\]: .* found all in time at 2$/],
  ] as const) {
    assert.throws(
      () => benchmarkOf(own, bench(...results), 'bench.json'),
      (error: Error) => {
        assert.ok(error instanceof InputError)
        assert.match(error.message, /^bench\.json: /)
        assert.match(error.message, expected)
        return true
      },
    )
  }
})

test('a latency is null in the file if no request had one', () => {
  const nothing = { offered: 3, answered: 0, inTime: 0, dropped: 3, lost: 0 }
  const none = { p50Ms: Number.NaN, p95Ms: Number.NaN, p99Ms: Number.NaN, batch: Number.NaN }
  const [measurement] = STREAMS.measurements
  const measurements = [{ ...measurement, models: [{ ...nothing, ...none }] }]
  const written = JSON.parse(JSON.stringify(bench({ ...STREAMS, measurements })))
  const { results } = goodputFileSchema.parse(written)
  assert.equal(results[0].measurements[0].models[0].p95Ms, null)
})
