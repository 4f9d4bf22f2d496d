/** The page for Prometheus, with a figure of its own for everything that is counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackendView } from '../backend/backend.js'
import type { Context } from '../context.js'
import { MemoryBudget } from '../memory-budget.js'
import { Refusal } from '../refusal.js'
import { LATENCY_BOUNDS_S, LatencyHistogram } from './latency-histogram.js'
import { renderMetrics } from './metrics.js'
import { RequestAccounting } from './request-accounting.js'
import type { ObservedModel, ServerState } from './state.js'
import { ModelStatistics } from './statistics.js'

function holding(bytes: number): MemoryBudget {
  const budget = new MemoryBudget(1e6)
  budget.reserve(bytes)
  return budget
}

const observedModel = {
  ...{ name: 'a', waiting: 31, receivedPerS: 32, answeredPerS: 33, meanBatch: 34 },
  ...{
    latencyMs: { p50: 35, p95: 36, p99: 37 },
    attainment: 0.5,
    powerW: 38,
    joulesPerRequest: 39,
  },
}

function contextOf(models: readonly Partial<ObservedModel>[], view: Partial<BackendView>): Context {
  const statistics = new ModelStatistics()
  const times = { inputUs: 3.2, computeUs: 5, outputUs: 7, queueUs: 11 }
  statistics.answered(0, 4, 150, times)
  statistics.answered(0, 2, 12e6, times)
  statistics.notAnswered(0, 13)
  for (let launch = 0; launch < 5; launch++) statistics.launched(6, times)
  const accounting = new RequestAccounting()
  const entries = Array.from({ length: 4 }, () => accounting.open('a'))
  for (const entry of entries.slice(0, 2)) entry.answered()
  accounting.identify(entries[3], 'team "x"')
  entries[3].refused(new Refusal('late', ''))
  return {
    service: {
      modelStatistics: () => [['a', statistics]],
      accounting,
      backend: {
        models: new Map([['a', {}]]),
        pending: () => 21,
        observe: () => ({ device: {}, models: new Map(), ...view }),
      },
    },
    observer: { state: { models, device: { powerW: 41 }, windowS: 10 } as unknown as ServerState },
    memoryBudget: holding(51),
    pages: holding(52),
    probes: { memoryBudget: holding(53) },
    watches: { memoryBudget: holding(54) },
  } as unknown as Context
}

/** The values of a page by name and labels. */
function samplesOf(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

const view = {
  device: { energyJ: 61 } as BackendView['device'],
  models: new Map([['a', { energyJ: 62, cuMs: 63 }]]),
  shares: { models: new Map([['a', 0.75]]), tenants: new Map([['team "x"', 0.25]]) },
  plan: { switches: 64 } as BackendView['plan'],
  idleJ: 65,
}

test('every figure stands under its name', () => {
  const samples = samplesOf(renderMetrics(contextOf([observedModel], view)))
  const counted = [...samples].filter(([key]) => !key.includes('_bucket'))
  const triton = '{model="a",version="1"}'
  const became = (owner: string, outcome: string, reason: string) =>
    `eclip_${owner},outcome="${outcome}",reason="${reason}"}`
  assert.deepEqual(Object.fromEntries(counted), {
    [`nv_inference_request_success${triton}`]: 2,
    [`nv_inference_request_failure${triton}`]: 1,
    [`nv_inference_count${triton}`]: 6,
    [`nv_inference_exec_count${triton}`]: 5,
    [`nv_inference_request_duration_us${triton}`]: 12_000_150,
    [`nv_inference_queue_duration_us${triton}`]: 22,
    [`nv_inference_compute_input_duration_us${triton}`]: 6,
    [`nv_inference_compute_infer_duration_us${triton}`]: 10,
    [`nv_inference_compute_output_duration_us${triton}`]: 14,
    'eclip_request_duration_seconds_sum{model="a"}': 12.00015,
    'eclip_request_duration_seconds_count{model="a"}': 2,
    'eclip_pending_requests{model="a"}': 21,
    [`nv_inference_pending_request_count${triton}`]: 31,
    'eclip_received_per_second{model="a"}': 32,
    'eclip_answered_per_second{model="a"}': 33,
    'eclip_batch_samples{model="a"}': 34,
    'eclip_latency_p50_seconds{model="a"}': 0.035,
    'eclip_latency_p95_seconds{model="a"}': 0.036,
    'eclip_latency_p99_seconds{model="a"}': 0.037,
    'eclip_attainment{model="a"}': 0.5,
    'eclip_model_power_watts{model="a"}': 38,
    'eclip_joules_per_request{model="a"}': 39,
    eclip_power_watts: 41,
    'eclip_model_share{model="a"}': 0.75,
    'eclip_tenant_share{tenant="team \\"x\\""}': 0.25,
    'eclip_cu_seconds_total{model="a"}': 0.063,
    'eclip_energy_joules_total{model="a"}': 62,
    eclip_idle_energy_joules_total: 65,
    nv_energy_consumption: 61,
    eclip_plan_switches_total: 64,
    [became('requests_total{model="a"', 'received', '')]: 4,
    [became('requests_total{model="a"', 'answered', '')]: 2,
    [became('requests_total{model="a"', 'dropped', 'late')]: 1,
    [became('tenant_requests_total{tenant="team \\"x\\""', 'received', '')]: 1,
    [became('tenant_requests_total{tenant="team \\"x\\""', 'answered', '')]: 0,
    [became('tenant_requests_total{tenant="team \\"x\\""', 'dropped', 'late')]: 1,
    'eclip_held_bytes{kind="requests"}': 51,
    'eclip_held_bytes{kind="pages"}': 52,
    'eclip_held_bytes{kind="probes"}': 53,
    'eclip_held_bytes{kind="watches"}': 54,
  })
})

test('latencies are counted up to each bound, and the last bucket has all of them', () => {
  const samples = samplesOf(renderMetrics(contextOf([], {})))
  const below = (bound: number | string) =>
    samples.get(`eclip_request_duration_seconds_bucket{model="a",le="${bound}"}`)
  assert.deepEqual([1e-4, 2e-4, 10, '+Inf'].map(below), [0, 1, 1, 2])
})

test('the page keeps the conventions of Prometheus, but for the names that are those of Triton', () => {
  const page = renderMetrics(contextOf([observedModel], view))
  const families = page.split(/^(?=# HELP )/m).map((family) => {
    const match = /^# HELP (\w+) (.+)\n# TYPE \1 (counter|gauge|histogram)\n(.*)$/s.exec(family)
    assert.ok(match, family)
    const [, name, , type, samples] = match
    return { name, type, samples }
  })
  assert.equal(new Set(families.map(({ name }) => name)).size, families.length)
  for (const { name, type, samples } of families) {
    const suffix = type === 'histogram' ? '(_bucket|_sum|_count)' : ''
    const sample = new RegExp(`^${name}${suffix}(\\{(\\w+="(\\\\.|[^"\\\\])*",?)+\\})? [\\d.e+-]+$`)
    for (const line of samples.trimEnd().split('\n')) assert.match(line, sample)
    if (name.startsWith('nv_')) continue
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    assert.doesNotMatch(name, /milli|micro|_[mu]s(_|$)|percent/)
  }
})

test('what is not known has no sample, and counters, gauges and the histogram are told apart', () => {
  const { latencyMs: _, attainment: __, ...unknown } = observedModel
  const page = renderMetrics(contextOf([unknown], {}))
  const names = [...samplesOf(page).keys()].join('\n')
  assert.doesNotMatch(names, /latency_p|attainment|_share|cu_seconds|energy|plan_switches/)
  assert.match(page, /^# TYPE nv_inference_count counter$/m)
  assert.match(page, /^# TYPE eclip_pending_requests gauge$/m)
  assert.match(page, /^# TYPE eclip_request_duration_seconds histogram$/m)
  assert.match(page, /^# TYPE eclip_requests_total counter$/m)
  assert.match(
    page,
    /^# HELP eclip_held_bytes Bytes of what is under way, and of answers not read$/m,
  )
})

test('a latency that is a bound counts in its bucket, and one above every bound in the last', () => {
  const histogram = new LatencyHistogram()
  for (const bound of LATENCY_BOUNDS_S) histogram.add(bound * 1e6)
  assert.deepEqual([...histogram.counts], [...LATENCY_BOUNDS_S.map(() => 1), 0])
  histogram.add(10e6 + 1)
  assert.equal(histogram.counts.at(-1), 1)
  const steps = LATENCY_BOUNDS_S.slice(1).map((bound, i) => bound / LATENCY_BOUNDS_S[i])
  assert.ok(steps.every((step) => Math.abs(step - 2) < 1e-9 || Math.abs(step - 2.5) < 1e-9))
  assert.deepEqual([LATENCY_BOUNDS_S[0], LATENCY_BOUNDS_S.at(-1)], [1e-4, 10])
})
