import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { DEFAULT_OPTIONS, evaluateRun } from '../../evaluate/evaluator.js'
import { record } from '../../evaluate/recording.js'
import { buildPlan } from '../../plan/build.js'
import type { Plan } from '../../plan/plan.js'
import { CLOSED_LOOP, type Scenario } from '../../workload/scenario.js'
import { tinyScenario, tinySpans } from '../tiny-mix.test.fixture.js'
import { chromeTrace, tracedRun } from './chrome-trace.js'
import { shortKernelName } from './kernels.js'

const id = z.number().int().positive()

/** The parts of Chrome's trace event format that Perfetto's importer reads. */
const traceSchema = z.strictObject({
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: z.record(z.string(), z.string()),
  traceEvents: z.array(
    z.discriminatedUnion('ph', [
      z.strictObject({
        ph: z.literal('M'),
        name: z.enum(['process_name', 'process_sort_index', 'thread_name', 'thread_sort_index']),
        pid: id,
        tid: z.number().int().nonnegative(),
        args: z.union([
          z.strictObject({ name: z.string().min(1) }),
          z.strictObject({ sort_index: z.number().int() }),
        ]),
      }),
      z.strictObject({
        ph: z.literal('X'),
        name: z.string().min(1),
        cat: z.string().min(1),
        pid: id,
        tid: id,
        ts: z.number().nonnegative(),
        dur: z.number().nonnegative(),
        args: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
      z.strictObject({
        ph: z.literal('i'),
        s: z.literal('t'),
        name: z.string().min(1),
        cat: z.string().min(1),
        pid: id,
        tid: id,
        ts: z.number().nonnegative(),
      }),
      z.strictObject({
        ph: z.literal('C'),
        name: z.string().min(1),
        pid: id,
        ts: z.number().nonnegative(),
        args: z.record(z.string(), z.number()),
      }),
    ]),
  ),
})

const runs = [
  { policy: 'baseline', spans: tinySpans },
  { policy: 'windows', spans: tinySpans.slice(0, 2) },
]

function parsed(): z.infer<typeof traceSchema> {
  return traceSchema.parse(JSON.parse(JSON.stringify(chromeTrace(tinyScenario, runs))))
}

function slices() {
  return parsed().traceEvents.flatMap((event) => (event.ph === 'X' ? [event] : []))
}

test('the structure is that of a Chrome trace, names first, slices sorted by time', () => {
  const { traceEvents, otherData } = parsed()
  assert.deepEqual(otherData, { device: 'tiny', producer: 'eclip' })
  const firstSlice = traceEvents.findIndex(({ ph }) => ph === 'X')
  assert.ok(traceEvents.slice(firstSlice).every(({ ph }) => ph === 'X'))
  const times = slices().map(({ ts }) => ts)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  )
})

test('simultaneous events come run by run, and those of a run thread by thread, the shorter first', () => {
  const spans = tinySpans.map((span, i) => ({
    ...span,
    startUs: 10 * Math.floor(i / 3),
    endUs: 10 * Math.floor(i / 3) + 20 - i,
  }))
  const runs = ['a', 'b'].map((policy) => ({ policy, spans }))
  const { traceEvents } = chromeTrace(tinyScenario, runs)
  const places = traceEvents.flatMap((event) =>
    event.ph === 'X' ? [[event.ts, event.pid, event.tid, event.dur]] : [],
  )
  const isBefore = (a: number[], b: number[]): boolean => {
    const differs = a.findIndex((value, i) => value !== b[i])
    return differs < 0 || a[differs] < b[differs]
  }
  places.slice(1).forEach((later, i) => {
    assert.ok(isBefore(places[i], later), `${places[i]} before ${later}`)
  })
  assert.equal(new Set(places.map(([, pid]) => pid)).size, 2)
})

test('every process and thread that has slices has a name', () => {
  const { traceEvents } = parsed()
  const names = new Set(
    traceEvents.flatMap((e) =>
      e.ph === 'M' && e.name === 'thread_name' ? [`${e.pid} ${e.tid}`] : [],
    ),
  )
  for (const { pid, tid } of slices()) assert.ok(names.has(`${pid} ${tid}`), `${pid} ${tid}`)
  const processes = traceEvents.flatMap((e) =>
    e.ph === 'M' && e.name === 'process_name' ? [e] : [],
  )
  assert.deepEqual(
    processes.map(({ pid, args }) => [pid, args]),
    [
      [1, { name: 'tiny: baseline' }],
      [2, { name: 'tiny: windows' }],
    ],
  )
})

test('each kernel has a slice with its worker and one on each of its granules, in µs', () => {
  const own = slices().filter(({ pid }) => pid === 1)
  const kernels = own.filter(({ cat }) => cat === 'kernel')
  assert.equal(kernels.length, tinySpans.length)
  const granules = own.filter(({ cat }) => cat === 'granule')
  assert.equal(
    granules.length,
    tinySpans.reduce((n, span) => n + span.granules.length, 0),
  )
  const third = kernels.find(({ ts }) => ts === 11.5)
  assert.deepEqual([third?.dur, third?.name], [9.75, 'knee16'])
  assert.deepEqual(third?.args, {
    kernel: 'knee16',
    index: 1,
    request: 0,
    blocks: 64,
    granules: '0-1',
    cus: 16,
  })
})

test('each granule of a kernel says whose it is', () => {
  const [, second] = slices().filter(
    ({ pid, cat, ts }) => pid === 1 && cat === 'granule' && ts === 11.5,
  )
  assert.deepEqual(second.args, {
    ...{ kernel: 'knee16', index: 1, request: 0 },
    worker: 'stairs/8',
  })
})

test('a request spans its kernels', () => {
  const requests = slices().filter(({ pid, cat }) => pid === 1 && cat === 'request')
  assert.deepEqual(
    requests.map(({ name, ts, dur }) => [name, ts, dur]),
    [
      ['request 0', 1, 31],
      ['request 0', 2, 21],
      ['request 1', 66, 10],
      ['request 1', 66.1015625, 14.19921875],
    ],
  )
})

test('slices of one thread never overlap, not even by rounding', () => {
  const spans = fc.array(
    fc.record({
      worker: fc.nat(1),
      request: fc.constant(0),
      kernel: fc.constant(0),
      startUs: fc.double({ min: 0, max: 1000, noNaN: true }),
      granules: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    }),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(spans, (starts) => {
      const backToBack = starts.map((span, i) => {
        const next = starts.slice(i + 1).find(({ startUs }) => startUs > span.startUs)
        return { ...span, endUs: next?.startUs ?? span.startUs + 10 }
      })
      const { traceEvents } = chromeTrace(tinyScenario, [{ policy: 'p', spans: backToBack }])
      const ends = new Map<string, number>()
      for (const event of traceEvents) {
        if (event.ph !== 'X' || event.cat === 'request') continue
        assert.ok(event.ts >= (ends.get(`${event.tid}`) ?? 0), `thread ${event.tid}`)
        ends.set(`${event.tid}`, event.ts + event.dur)
      }
    }),
  )
})

test('kernels side by side have a lane each', () => {
  const labels = parsed().traceEvents.flatMap((event) =>
    event.pid === 1 && event.ph === 'M' && event.name === 'thread_name'
      ? [(event.args as { name: string }).name]
      : [],
  )
  const bold = '<b>&"bold"</b>/8'
  assert.deepEqual(labels.slice(0, 5), [
    'stairs/8 requests',
    'stairs/8 kernels',
    `${bold} requests`,
    `${bold} kernels`,
    `${bold} kernels, lane 2`,
  ])
  assert.ok(labels.includes(`granule 2: ${bold}, lane 2`))
})

test('kernel names are shortened to the part that tells them apart', () => {
  const cases = [
    ['void at::native::vectorized_gather_kernel<16, long>(char*)', 'vectorized_gather_kernel'],
    ['void (anonymous namespace)::k<1>(int)', 'k'],
    ['sm90_xmma_fprop_implicit_gemm', 'sm90_xmma_fprop_implicit_gemm'],
    ['<lambda>', '<lambda>'],
  ]
  for (const [name, short] of cases) assert.equal(shortKernelName(name), short)
})

/** More simultaneous requests than are served between two samples. */
const BURST = new Array<number>(150).fill(100_101)

/** A plan under which worker 0 switches twice per request. */
function switchingPlan(scenario: Scenario): Plan {
  const pool = [
    { granules: [0, 1, 2, 3], owner: null },
    { granules: [0, 1], owner: null },
  ]
  const group = (kernels: number, partition: number) => ({ kernels, partition, priority: 0 })
  return buildPlan(scenario, {
    mechanism: 'pooled',
    pool,
    groups: [[group(1, 0), group(1, 1), group(1, 0)], [group(2, 0)]],
    evidence: { policy: 'p', parameters: {} },
  })
}

/** A recorded run of the tiny mix. Worker 1 gets a burst. */
function recorded() {
  const loads = [CLOSED_LOOP, { kind: 'trace', arrivalsUs: [0, 100_100, ...BURST] } as const]
  const scenario = {
    ...tinyScenario,
    workers: tinyScenario.workers.map((worker, w) => ({ ...worker, load: loads[w] })),
  }
  const plan = switchingPlan(scenario)
  const solo = [10_000, 20_000]
  const [metrics] = [evaluateRun(scenario, { plan, options: DEFAULT_OPTIONS, load: 1 }, solo)]
  const recording = record(scenario, plan, metrics, { seed: 1, mode: 'exact' })
  const trace = chromeTrace(scenario, [tracedRun('p', plan, recording)])
  return { recording, ...traceSchema.parse(JSON.parse(JSON.stringify(trace))) }
}

test('a recording begins at 0 and holds several requests of the slowest worker', () => {
  const { recording, traceEvents } = recorded()
  const timed = traceEvents.flatMap((event) => (event.ph === 'M' ? [] : [event]))
  assert.ok(timed.every(({ ts }) => ts >= 0 && ts <= recording.durationUs))
  assert.ok(timed[0].ts < 100, `${timed[0].ts}`)
  const requests = timed.filter((event) => event.ph === 'X' && event.cat === 'request')
  assert.ok(requests.length > 6)
})

test('arrivals are on the thread of requests, switches between the kernels that they separate', () => {
  const { traceEvents } = recorded()
  const arrivals = traceEvents.flatMap((event) => (event.ph === 'i' ? [event] : []))
  const closed = arrivals.filter(({ tid }) => tid === 1)
  const open = arrivals.filter(({ tid }) => tid !== 1)
  assert.deepEqual(
    open.map(({ ts }) => ts),
    [100, ...BURST.map(() => 101)],
  )
  assert.ok(closed.length > 3)
  const slices = traceEvents.flatMap((event) => (event.ph === 'X' ? [event] : []))
  const switches = slices.filter(({ cat }) => cat === 'switch')
  const inRequest = switches.filter(({ args }) => args.request === switches[0].args.request)
  assert.deepEqual(
    inRequest.map(({ args }) => [args.from, args.to]),
    [
      ['0-3', '0-1'],
      ['0-1', '0-3'],
    ],
  )
  for (const { ts, dur } of switches) {
    const touching = slices.filter((s) => s.cat === 'kernel' && s.ts === ts + dur)
    assert.ok(dur > 0 && touching.length > 0, 'a switch ends where a kernel starts')
  }
})

test('no switch is drawn across a kernel of another branch', () => {
  const spans = [1, 0, 2].map((kernel, i) => ({
    ...{ worker: 0, request: 0, kernel, granules: [0] },
    ...{ startUs: 10 * i, endUs: 10 * i + 9 },
  }))
  const plan = switchingPlan(tinyScenario)
  const { traceEvents } = chromeTrace(tinyScenario, [{ policy: 'p', spans, plan }])
  assert.ok(traceEvents.every(({ name }) => name !== 'switch'))
})

test('counters show power, occupancy and waiting requests', () => {
  const { traceEvents } = recorded()
  const counters = traceEvents.flatMap((event) => (event.ph === 'C' ? [event] : []))
  const values = (name: string, key: string): number[] =>
    counters.filter((event) => event.name.startsWith(name)).map(({ args }) => args[key])
  const { idleW, limitW } = tinyScenario.device.power
  const watts = values('power', 'power')
  assert.ok(watts.length >= 500 && watts.length < 600, `${watts.length}`)
  assert.ok(watts.every((power) => power >= idleW && power <= limitW))
  assert.ok(Math.max(...watts) > idleW)
  assert.ok(values('occupancy', 'busy').every((busy) => busy >= 0 && busy <= 100))
  assert.ok(Math.max(...values('occupancy', 'busy')) > 10)
  const waiting = values('queue', tinyScenario.workers[1].name)
  assert.ok(Math.max(...waiting) > 50 && Math.max(...waiting) <= BURST.length, `${waiting}`)
  assert.equal(waiting[waiting.length - 1], 0)
})
