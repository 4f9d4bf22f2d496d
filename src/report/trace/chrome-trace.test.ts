import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { tinyScenario, tinySpans } from '../tiny-mix.test.fixture.js'
import { chromeTrace, shortKernelName } from './chrome-trace.js'

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
  const { traceEvents } = parsed()
  const firstSlice = traceEvents.findIndex(({ ph }) => ph === 'X')
  assert.ok(traceEvents.slice(firstSlice).every(({ ph }) => ph === 'X'))
  const times = slices().map(({ ts }) => ts)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  )
})

test('every process and thread that has slices has a name', () => {
  const { traceEvents } = parsed()
  const names = new Set(
    traceEvents.flatMap((e) => (e.name === 'thread_name' ? [`${e.pid} ${e.tid}`] : [])),
  )
  for (const { pid, tid } of slices()) assert.ok(names.has(`${pid} ${tid}`), `${pid} ${tid}`)
  const processes = traceEvents.filter((e) => e.name === 'process_name')
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

test('slices of one thread never overlap, not by a rounding either', () => {
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
        if (event.ph === 'M' || event.cat === 'request') continue
        assert.ok(event.ts >= (ends.get(`${event.tid}`) ?? 0), `thread ${event.tid}`)
        ends.set(`${event.tid}`, event.ts + event.dur)
      }
    }),
  )
})

test('kernels side by side have a lane each', () => {
  const labels = parsed().traceEvents.flatMap(({ pid, name, args }) =>
    pid === 1 && name === 'thread_name' ? [(args as { name: string }).name] : [],
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

test('kernel names are shortened to what tells them apart', () => {
  const cases = [
    ['void at::native::vectorized_gather_kernel<16, long>(char*)', 'vectorized_gather_kernel'],
    ['void (anonymous namespace)::k<1>(int)', 'k'],
    ['sm90_xmma_fprop_implicit_gemm', 'sm90_xmma_fprop_implicit_gemm'],
    ['<lambda>', '<lambda>'],
  ]
  for (const [name, short] of cases) assert.equal(shortKernelName(name), short)
})
