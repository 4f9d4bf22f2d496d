/** Requests that are sent to a team whose launches take a known time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadDemand } from '../../io/demand.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { InstanceTeam } from '../../torch/instance-team.js'
import { plainStreamsContender } from './contenders.js'
import { drive, type Schedule } from './drive.js'
import { attainedOf, measure } from './measure.js'
import { scheduleOf } from './schedule-of.js'

const demand = loadDemand('alexnet/8:200@8x+vgg19/8:100@8x')

/** One instance of each model. Requests wait for each other, and are never given up unless asked. */
function planOf(targetMs: number, late: 'serve' | 'drop' = 'serve'): ServingPlan {
  const { plan } = plainStreamsContender(demand)
  const models = plan.models.map((model) => ({
    ...model,
    ...{ batches: [8, 16], expectedMs: { 8: [1], 16: [1] }, instances: 1, maxDelayMs: 0 },
    ...{ targetMs, late },
  }))
  return { ...plan, models, concurrency: 2 }
}

/** A team whose launches of each model take so long, in ms; a launch fails where it has an error. */
function teamOf(...launchesMs: (number | Error)[]) {
  const batches: number[][] = launchesMs.map(() => [])
  const team = {
    hello: { device: { name: 'fake', cus: 132 } },
    async launch(model: number, _nth: number, batch: number) {
      batches[model].push(batch)
      const took = launchesMs[model]
      if (took instanceof Error) throw took
      await sleep(took)
    },
  }
  return { team: team as unknown as InstanceTeam, batches }
}

/** Requests of one model at these times, in ms. */
function scheduleAt(timesMs: readonly number[], model = 0, warmupMs = 0): Schedule {
  return {
    timesS: Float64Array.from(timesMs, (ms) => ms / 1000),
    models: Uint8Array.from(timesMs, () => model),
    warmupS: warmupMs / 1000,
  }
}

const spaced = [0, 60, 120, 180, 240]

test('latencies count from when a request was due, and those of the warm-up do not', async () => {
  const { team } = teamOf(20, 1)
  const { models, answered, failure } = await drive(team, planOf(15), 1, scheduleAt(spaced, 0, 120))
  assert.equal(failure, undefined)
  assert.equal(answered, 5)
  const [alexnet, vgg19] = models
  const { offered, answered: counted, inTime, dropped, lost, batch } = alexnet
  assert.deepEqual([offered, counted, inTime, dropped, lost, batch], [3, 3, 0, 0, 0, 8])
  assert.ok(alexnet.p50Ms >= 19 && alexnet.p50Ms <= alexnet.p95Ms, `${alexnet.p50Ms}`)
  assert.ok(alexnet.p95Ms <= alexnet.p99Ms)
  assert.deepEqual([vgg19.offered, vgg19.answered, vgg19.lost], [0, 0, 0])
  assert.ok(Number.isNaN(vgg19.p50Ms) && Number.isNaN(vgg19.batch))
})

test('quantiles are of all latencies: one slow launch in five is the p99 and not the median', async () => {
  const { team } = teamOf(1)
  const launch = team.launch.bind(team)
  let launches = 0
  team.launch = async (...words) => {
    if (launches++ === 0) await sleep(150)
    await launch(...words)
  }
  const seldom = scheduleAt([0, 200, 400, 600, 800])
  const [{ p50Ms, p95Ms, p99Ms, inTime }] = (await drive(team, planOf(100), 1, seldom)).models
  // Between the fourth of five and the slowest: 80 and 96% of the way.
  assert.ok(p50Ms < 100 && p95Ms > 110 && p99Ms > p95Ms, `${[p50Ms, p95Ms, p99Ms]}`)
  assert.ok(p99Ms > 0.95 * 150, `${p99Ms}`)
  assert.equal(inTime, 4)
})

test('requests that came while one ran go together, and batches are means over launches', async () => {
  const { team, batches } = teamOf(100)
  const [{ batch, answered }] = (await drive(team, planOf(1000), 1, scheduleAt([0, 5, 5]))).models
  assert.deepEqual(batches[0], [8, 16])
  assert.deepEqual([answered, batch], [3, 12])
})

test('a request that waits past its deadline is dropped, and not lost', async () => {
  const { team } = teamOf(80)
  const { models, answered } = await drive(team, planOf(40, 'drop'), 1, scheduleAt([0, 5, 10]))
  const { offered, dropped, inTime, lost } = models[0]
  assert.deepEqual([offered, dropped, inTime, lost], [3, 2, 0, 0])
  assert.equal(answered, 1)
})

test('a launch that fails ends the run, and says why', async () => {
  const { team } = teamOf(new Error('out of memory'))
  const { failure, models } = await drive(team, planOf(1000), 1, scheduleAt([0, 60, 4000]))
  assert.equal(failure, 'out of memory')
  assert.ok(models[0].offered > 0)
  assert.equal(models[0].lost, models[0].offered)
  assert.ok(models[0].offered < 3)
  const running = { team, plan: planOf(1000), levels: 1 }
  await assert.rejects(measure(running, 1, [scheduleAt([0])]), {
    name: 'WorkError',
    message: 'out of memory',
  })
})

test('runs of one load are added up, and their latencies averaged', async () => {
  const { team } = teamOf(10, 150)
  const running = { team, plan: planOf(100), levels: 1 }
  const both = {
    timesS: Float64Array.of(0, 0.06),
    models: Uint8Array.of(0, 1),
    warmupS: 0,
  }
  const { load, models, joulesPerRequest, powerW, tookS } = await measure(running, 2.5, [
    both,
    scheduleAt([0], 1),
    both,
  ])
  assert.equal(load, 2.5)
  assert.deepEqual([joulesPerRequest, powerW], [undefined, undefined])
  const [alexnet, vgg19] = models
  assert.deepEqual([alexnet.offered, alexnet.answered, alexnet.inTime], [2, 2, 2])
  assert.deepEqual([vgg19.offered, vgg19.answered, vgg19.inTime], [3, 3, 0])
  assert.ok(vgg19.p50Ms >= 149 && vgg19.p50Ms < 250, `${vgg19.p50Ms}`)
  assert.ok(tookS > 0.45 && tookS < 10, `${tookS}`)
})

test('a model attains the share of its requests in time, over what it should reach', () => {
  const counts = { answered: 9, dropped: 0, lost: 0, p50Ms: 1, p95Ms: 1, p99Ms: 1, batch: 1 }
  const driven = [
    { ...counts, offered: 10, inTime: 9 },
    { ...counts, offered: 0, inTime: 0 },
  ]
  assert.deepEqual(
    attainedOf(driven, (m) => [0.9, 0.99][m]),
    [
      { attainment: 1, requests: 10 },
      { attainment: 0, requests: 0 },
    ],
  )
})

test('every contender gets the same requests, in the order in which they come', () => {
  const span = { warmupS: 1, seconds: 9 }
  const schedule = scheduleOf(demand, 2, 1, span)
  assert.deepEqual(scheduleOf(demand, 2, 1, span), schedule)
  const { timesS, models, warmupS } = schedule
  assert.equal(warmupS, 1)
  assert.deepEqual(timesS, timesS.toSorted())
  assert.ok(timesS[0] >= 0 && timesS[timesS.length - 1] <= 10)
  const counts = [0, 1].map((model) => models.filter((one) => one === model).length)
  // 400 and 200 a second for 10 s, within four standard deviations.
  assert.ok(Math.abs(counts[0] - 4000) < 4 * 64 && Math.abs(counts[1] - 2000) < 4 * 45, `${counts}`)
  assert.notDeepEqual(scheduleOf(demand, 2, 2, span).timesS, timesS)
})
