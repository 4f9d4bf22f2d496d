import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { quantileSorted, sum } from '../numbers.js'
import { createRandom } from '../random.js'
import { poissonGaps } from '../schedule/arrivals.js'
import type { Call, Reply } from './client/client.js'
import type { Arrivals, ModelLoad } from './model-load.js'
import { type LoadResult, loadResult, loadResultSchema } from './result.js'
import { type PreparedLoad, type RunOptions, startLoad } from './run.js'
import { VirtualClock } from './virtual-clock.test.fixture.js'

const ANSWERED: Reply = { ending: 'answered', reason: '' }
const RECORD = { url: 'http://test', seed: 1, warmupS: 0 }

function modelLoad(arrivals: Arrivals, more: Partial<ModelLoad> = {}): ModelLoad {
  return { model: 'm', samples: 1, arrivals, quantile: 0.95, ...more }
}

function atRate(ratePerS: number, coefficientOfVariation = 1): Arrivals {
  return { kind: 'open', ratePerS, process: { kind: 'gamma', coefficientOfVariation } }
}

/** A server with one worker that takes requests one at a time, in order. */
function singleServer(clock: VirtualClock, serviceUs: (startUs: number) => number): Call {
  let freeUs = 0
  return async (left) => {
    left()
    const startUs = Math.max(clock.nowUs(), freeUs)
    freeUs = startUs + serviceUs(startUs)
    await clock.sleepUntil(freeUs)
    return ANSWERED
  }
}

async function measure(
  clock: VirtualClock,
  prepared: readonly PreparedLoad[],
  options: Partial<RunOptions> = {},
): Promise<LoadResult> {
  const all = { warmupS: 0, seed: 1, clock, signal: new AbortController().signal, ...options }
  const measurement = await clock.runUntil(startLoad(prepared, all).done)
  return loadResultSchema.parse(
    loadResult(
      RECORD,
      prepared.map(({ load }) => load),
      measurement,
    ),
  )
}

test('with Poisson arrivals and a constant service time, latencies are those of an M/D/1 queue', async () => {
  const clock = new VirtualClock()
  const [serviceMs, utilisation] = [5, 0.7]
  const load = modelLoad(atRate((utilisation / serviceMs) * 1000))
  const call = singleServer(clock, () => serviceMs * 1000)
  const { models } = await measure(clock, [{ load, calls: [call] }], { requests: 60_000 })
  const [{ sent, answered, latencyMs, sentPerS, answeredPerS }] = models
  assert.deepEqual([sent, answered], [60_000, 60_000])
  // Pollaczek and Khinchine: the mean wait is half of the service time times rho / (1 - rho).
  const meanMs = serviceMs * (1 + utilisation / (2 * (1 - utilisation)))
  assert.ok(Math.abs(latencyMs!.mean / meanMs - 1) < 0.03, `${latencyMs!.mean} of ${meanMs}`)
  assert.ok(Math.abs(sentPerS / 140 - 1) < 0.02 && Math.abs(answeredPerS / 140 - 1) < 0.02)
  // Lindley's recursion over the same arrivals gives every latency, and therefore every percentile.
  const random = createRandom(1000)
  const gaps = poissonGaps(random)
  let leftMs = 0
  let atMs = 0
  const sojourns = Array.from({ length: 60_000 }, () => {
    atMs += (gaps.next() * serviceMs) / utilisation
    leftMs = Math.max(atMs, leftMs) + serviceMs
    return leftMs - atMs
  }).sort((a, b) => a - b)
  for (const [name, q] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
    ['p999', 0.999],
  ] as const) {
    const exact = quantileSorted(sojourns, q)
    assert.ok(
      Math.abs(latencyMs![name] / exact - 1) < 0.003,
      `${name}: ${latencyMs![name]}, ${exact}`,
    )
  }
})

test('if a server stalls once, every request that was due in that time shows it', async () => {
  const clock = new VirtualClock()
  // 100 requests/s, evenly spaced, for 10 s. The server stands still from 2 s to 4 s.
  const stall = (startUs: number): number =>
    startUs >= 2e6 && startUs < 4e6 ? 4e6 - startUs : 1000
  const { models, lagMs } = await measure(
    clock,
    [{ load: modelLoad(atRate(100, 0)), calls: [singleServer(clock, stall)] }],
    { measuredS: 10 },
  )
  const [{ sent, latencyMs }] = models
  assert.equal(sent, 999)
  // A fifth of the requests waited, for 2 s at most, so the 90th percentile lies in their middle.
  assert.ok(latencyMs!.max > 1950 && latencyMs!.max < 2020, `${latencyMs!.max}`)
  assert.ok(Math.abs(latencyMs!.p90 - 1100) < 50, `${latencyMs!.p90}`)
  assert.ok(latencyMs!.p50 < 2)
  assert.equal(lagMs.max, 0)
})

test('the lag is the time from when requests were due until they left, of those that count', async () => {
  const clock = new VirtualClock()
  let number = 0
  const call: Call = async (left) => {
    // The first 100 requests are those of the warm-up.
    const lateMs = number++ < 100 ? 500 : number - 100
    await clock.sleepUntil(clock.nowUs() + 1000 * lateMs)
    left()
    return ANSWERED
  }
  const loads = [{ load: modelLoad(atRate(100, 0)), calls: [call] }]
  const { lagMs } = await measure(clock, loads, { warmupS: 1.005, requests: 100 })
  for (const [name, ms] of [
    ['p50', 50],
    ['p99', 99],
    ['max', 100],
  ] as const)
    assert.ok(Math.abs(lagMs[name] / ms - 1) < 0.001, `${name}: ${lagMs[name]}`)
})

test('requests in closed loop follow one another', async () => {
  const clock = new VirtualClock()
  const load = modelLoad({ kind: 'closed', concurrency: 3 })
  const call = singleServer(clock, () => 10_000)
  const { models } = await measure(clock, [{ load, calls: [call] }], { warmupS: 1, measuredS: 5 })
  const [{ latencyMs, answeredPerS, sentPerS }] = models
  assert.deepEqual([answeredPerS, sentPerS], [100, 100])
  assert.ok(Math.abs(latencyMs!.p50 - 30) < 0.05 && Math.abs(latencyMs!.max - 30) < 0.05)
  assert.ok(latencyMs!.p999 <= latencyMs!.max, `${latencyMs!.p999} of at most ${latencyMs!.max}`)
})

test('every request ends in one of four ways, each with its reason', async () => {
  const clock = new VirtualClock()
  const replies: Reply[] = [
    ANSWERED,
    { ending: 'refused', reason: 'HTTP 429 queue full' },
    { ending: 'dropped', reason: 'HTTP 504 late' },
    { ending: 'failed', reason: 'HTTP 500 broken' },
  ]
  const calls = replies.map((reply): Call => {
    return async () => reply
  })
  const load = modelLoad(atRate(100), { targetMs: 1 })
  const { models } = await measure(clock, [{ load, calls }], { requests: 400 })
  const [{ sent, answered, refused, dropped, failed, reasons, target }] = models
  assert.deepEqual([sent, answered, refused, dropped, failed], [400, 100, 100, 100, 100])
  assert.deepEqual(Object.values(reasons), [100, 100, 100])
  assert.equal(reasons['HTTP 504 late'], 100)
  assert.deepEqual(target, { ms: 1, quantile: 0.95, attainment: 0.25 })
})

test('attainment counts answers within the target, from the time when the request was due', async () => {
  const clock = new VirtualClock()
  let number = 0
  const call: Call = async () => {
    await clock.sleepUntil(clock.nowUs() + (number++ % 10 < 3 ? 21_000 : 19_000))
    return ANSWERED
  }
  const load = modelLoad(atRate(100, 0), { targetMs: 20 })
  const { models } = await measure(clock, [{ load, calls: [call] }], { requests: 1000 })
  assert.equal(models[0].target?.attainment, 0.7)
})

test('models keep their own rates, and the warm-up is sent but not counted', async () => {
  const clock = new VirtualClock()
  const seen = [0, 0]
  const callOf = (index: number): Call => {
    return async () => {
      seen[index]++
      return ANSWERED
    }
  }
  const loads = [atRate(300), atRate(100, 3)].map((arrivals, i) => ({
    load: modelLoad(arrivals, { model: `m${i}` }),
    calls: [callOf(i)],
  }))
  const { models, measuredS } = await measure(clock, loads, { warmupS: 50, measuredS: 100 })
  assert.equal(measuredS, 100)
  // Five standard errors of a renewal process: rate * time, and variation * the square root of that.
  assert.ok(Math.abs(models[0].sent - 30_000) < 5 * Math.sqrt(30_000), `${models[0].sent}`)
  assert.ok(Math.abs(models[1].sent - 10_000) < 15 * Math.sqrt(10_000), `${models[1].sent}`)
  assert.ok(seen[0] > models[0].sent * 1.45 && seen[0] < models[0].sent * 1.55)
  const perSecond = models[0].seconds.map(({ sent }) => sent)
  assert.equal(perSecond.length, 100)
  assert.equal(sum(perSecond), models[0].sent)
})

test('models with equal arrivals have times of their own, the same for a seed', async () => {
  const timesOf = async (seed: number): Promise<number[][]> => {
    const clock = new VirtualClock()
    const times: number[][] = [[], []]
    const loads = times.map((own) => {
      const call: Call = async () => {
        own.push(clock.nowUs())
        return ANSWERED
      }
      return { load: modelLoad(atRate(100)), calls: [call] }
    })
    await measure(clock, loads, { requests: 10, seed })
    return times
  }
  const times = await timesOf(1)
  const all = [...times, ...(await timesOf(2))].map(([first]) => first)
  assert.equal(new Set(all).size, 4)
  assert.deepEqual(await timesOf(1), times)
})

test('a trace is sent from its start, at its rate, and starts over at its end', async () => {
  const clock = new VirtualClock()
  const at: number[] = []
  const call: Call = async () => {
    at.push(clock.nowUs())
    return ANSWERED
  }
  const process = { kind: 'trace', timesS: [0.5, 1, 3, 3, 4.5], file: 'f' } as const
  const load = modelLoad({ kind: 'open', ratePerS: 2, process })
  const { models } = await measure(clock, [{ load, calls: [call] }], { requests: 6 })
  assert.deepEqual(at, [250_000, 1_250_000, 1_250_000, 2_000_000, 2_250_000, 3_250_000])
  assert.equal(models[0].sent, 6)
})

test('an interrupted run reports at once what it knows', async () => {
  const clock = new VirtualClock()
  const interruption = new AbortController()
  let number = 0
  // The second half of the requests never ends.
  const call: Call = () => {
    if (++number === 100) interruption.abort()
    return number <= 50 ? Promise.resolve(ANSWERED) : new Promise(() => {})
  }
  const { models, interrupted, measuredS } = await measure(
    clock,
    [{ load: modelLoad(atRate(100, 0)), calls: [call] }],
    { measuredS: 100, signal: interruption.signal },
  )
  const [{ sent, answered, failed, reasons }] = models
  assert.ok(interrupted && Math.abs(measuredS - 1) < 0.011, `${measuredS}`)
  assert.deepEqual([sent, answered, failed], [100, 50, 50])
  assert.deepEqual(reasons, { 'interrupted before the answer': 50 })
})

test('a server that falls far behind costs only a limited amount of memory', async () => {
  const clock = new VirtualClock()
  const allAtOnce = clock.sleepUntil(1e6).then(() => ANSWERED)
  let started = 0
  const call: Call = () => {
    started++
    return allAtOnce
  }
  const load = modelLoad(atRate(1e6, 0))
  const { models } = await measure(clock, [{ load, calls: [call] }], { requests: 60_000 })
  const [{ sent, answered, failed, reasons }] = models
  assert.deepEqual([started, sent, answered, failed], [50_000, 60_000, 50_000, 10_000])
  assert.deepEqual(reasons, { '50000 requests were under way': 10_000 })
})

test('closed loops with more requests than may be open still receive answers', async () => {
  const clock = new VirtualClock()
  const late = clock.sleepUntil(1e6).then(() => ANSWERED)
  const load = modelLoad({ kind: 'closed', concurrency: 50_002 })
  const { models } = await measure(clock, [{ load, calls: [() => late] }], { measuredS: 0.5 })
  const [{ sent, answered, failed }] = models
  assert.equal(answered, 50_000)
  assert.ok(failed >= 2 && sent === answered + failed)
})

test('the histogram holds every latency, in the published encoding', async () => {
  const clock = new VirtualClock()
  const load = modelLoad(atRate(50))
  const call = singleServer(clock, () => 7000)
  const { models } = await measure(clock, [{ load, calls: [call] }], { requests: 500 })
  const histogram = decodeFromCompressedBase64(models[0].histogram)
  assert.equal(histogram.totalCount, 500)
  const { p99 } = models[0].latencyMs!
  assert.ok(Math.abs(histogram.getValueAtPercentile(99) / 1000 / p99 - 1) < 0.001)
})
