import type { BackendView } from '../backend/backend.js'
import type { Context } from '../context.js'
import { type InferenceService, VERSION } from '../inference-service.js'
import { ENDINGS } from '../refusal.js'
import { expose, type Metric, type Sample } from './exposition.js'
import { LATENCY_BOUNDS_S } from './latency-histogram.js'
import type { Account } from './request-accounting.js'
import type { ObservedModel, ServerState } from './state.js'
import type { ModelStatistics } from './statistics.js'

/** All counters in the format of Prometheus, under Triton's names where Triton has one. */
export function renderMetrics(context: Context): string {
  const { service, observer } = context
  const models = service.modelStatistics('', '')
  return expose([
    ...TRITON.map((counter) => tritonMetric(counter, models)),
    latencies(models),
    pending(service),
    ...observed(observer.state),
    ...used(service.backend.observe()),
    outcomes('eclip_requests', 'model', service.accounting.byModel),
    outcomes('eclip_tenant_requests', 'tenant', service.accounting.byTenant),
    held(context),
  ])
}

/** What is taken of the memory that is set apart for each kind of call. */
function held({ memoryBudget, pages, probes, watches }: Context): Metric {
  const budgets = {
    requests: memoryBudget,
    pages,
    probes: probes.memoryBudget,
    watches: watches.memoryBudget,
  }
  const samples = Object.entries(budgets).map(([kind, { heldBytes }]) => ({
    labels: { kind },
    value: heldBytes,
  }))
  return gauge('eclip_held_bytes', 'Bytes of what is under way, and of answers not read', samples)
}

/** A counter that Triton has, too. */
interface Counter {
  readonly name: string
  readonly help: string
  value(statistics: ModelStatistics): number
}

const TRITON: readonly Counter[] = [
  {
    name: 'nv_inference_request_success',
    help: 'Inference requests that were answered',
    value: ({ success }) => success.count,
  },
  {
    name: 'nv_inference_request_failure',
    help: 'Inference requests that were read and then refused, dropped or failed; eclip_requests_total has all',
    value: ({ fail }) => fail.count,
  },
  {
    name: 'nv_inference_count',
    help: 'Rows that were answered; a batch of n counts as n',
    value: ({ inferenceCount }) => inferenceCount,
  },
  {
    name: 'nv_inference_exec_count',
    help: 'Launches of the model',
    value: ({ executionCount }) => executionCount,
  },
  duration('request', 'Time from a request to its answer', ({ success }) => success.totalUs),
  duration('queue', 'Time that requests waited for a launch', ({ queue }) => queue.totalUs),
  duration('compute_input', 'Time to bring the inputs to the model', ({ input }) => input.totalUs),
  duration('compute_infer', 'Time to run the model', ({ compute }) => compute.totalUs),
  duration('compute_output', 'Time to take the outputs', ({ output }) => output.totalUs),
]

function duration(part: string, help: string, value: Counter['value']): Counter {
  return {
    name: `nv_inference_${part}_duration_us`,
    help: `${help}, in microseconds altogether`,
    value: (statistics) => Math.round(value(statistics)),
  }
}

function tritonMetric(
  { name, help, value }: Counter,
  models: readonly [string, ModelStatistics][],
): Metric {
  const samples = models.map(([model, statistics]) => ({
    labels: { model, version: VERSION },
    value: value(statistics),
  }))
  return counter(name, help, samples)
}

function latencies(models: readonly [string, ModelStatistics][]): Metric {
  return {
    name: 'eclip_request_duration_seconds',
    type: 'histogram',
    help: 'Time from a request to its answer',
    samples: models.flatMap(([model, { latency }]) => {
      let total = 0
      const buckets = [...LATENCY_BOUNDS_S, Number.POSITIVE_INFINITY].map((bound, i) => {
        total += latency.counts[i]
        const le = Number.isFinite(bound) ? bound : '+Inf'
        return { labels: { model, le }, value: total, suffix: '_bucket' }
      })
      const labels = { model }
      return [
        ...buckets,
        { labels, value: latency.totalUs / 1e6, suffix: '_sum' },
        { labels, value: total, suffix: '_count' },
      ]
    }),
  }
}

/** What the dashboard shows about the last seconds. */
function observed({ models, device, windowS }: ServerState): Metric[] {
  const named = models.map((model) => [model.name, model] as const)
  const lately = (
    name: string,
    help: string,
    figureOf: (model: ObservedModel) => number | undefined,
  ): Metric =>
    gauge(`eclip_${name}`, `${help}, over the last ${windowS} s`, perModel(named, figureOf))
  const waiting = models.map((model) => ({
    labels: { model: model.name, version: VERSION },
    value: model.waiting,
  }))
  const quantiles = (['p50', 'p95', 'p99'] as const).map((quantile) =>
    lately(
      `latency_${quantile}_seconds`,
      `Latency of answered requests, ${quantile}`,
      ({ latencyMs }) => latencyMs && latencyMs[quantile] / 1000,
    ),
  )
  const power = `Power of the device, over the last ${windowS} s`
  return [
    gauge('nv_inference_pending_request_count', 'Requests that wait for a launch', waiting),
    lately('received_per_second', 'Requests received', ({ receivedPerS }) => receivedPerS),
    lately('answered_per_second', 'Requests answered', ({ answeredPerS }) => answeredPerS),
    ...quantiles,
    lately('attainment', 'Share of requests in time', ({ attainment }) => attainment),
    lately('batch_samples', 'Samples of a launch', ({ meanBatch }) => meanBatch),
    lately('model_power_watts', 'Power by the work of the model', ({ powerW }) => powerW),
    lately('joules_per_request', 'Energy of a request', (model) => model.joulesPerRequest),
    gauge('eclip_power_watts', power, single(device.powerW)),
  ]
}

/** What each model has used of the device. The parts, of energy with what it used idle, add up to its total. */
function used({ device, models, shares, idleJ, plan }: BackendView): Metric[] {
  const partOf = (
    owner: 'model' | 'tenant',
    parts: ReadonlyMap<string, number> = new Map(),
  ): Metric =>
    gauge(
      `eclip_${owner}_share`,
      `Part of the work of the device that the ${owner} had in the last seconds`,
      [...parts].map(([name, value]) => ({ labels: { [owner]: name }, value })),
    )
  return [
    partOf('model', shares?.models),
    partOf('tenant', shares?.tenants),
    counter(
      'eclip_cu_seconds_total',
      'Compute units that launches held, times the seconds they held them',
      perModel(models, ({ cuMs }) => cuMs && cuMs / 1000),
    ),
    counter(
      'eclip_energy_joules_total',
      'Energy of the device by the work of the model',
      perModel(models, ({ energyJ }) => energyJ),
    ),
    counter(
      'eclip_idle_energy_joules_total',
      'Energy of the device while nothing ran',
      single(idleJ),
    ),
    counter(
      'nv_energy_consumption',
      'Energy of the device in joules since the server started',
      single(device.energyJ),
    ),
    counter('eclip_plan_switches_total', 'Plans put into force', single(plan?.switches)),
  ]
}

function pending({ backend }: InferenceService): Metric {
  const samples = [...backend.models.keys()].map((model) => ({
    labels: { model },
    value: backend.pending(model),
  }))
  return gauge('eclip_pending_requests', 'Requests that wait or run', samples)
}

/** Counts requests by outcome: received = answered + refused + dropped + failed, plus those that are open. */
function outcomes(name: string, label: string, accounts: ReadonlyMap<string, Account>): Metric {
  const samples = [...accounts].flatMap(([owner, account]): Sample[] => [
    { labels: { [label]: owner, outcome: 'received', reason: '' }, value: account.received },
    { labels: { [label]: owner, outcome: 'answered', reason: '' }, value: account.answered },
    ...[...account.notAnswered].map(([reason, value]) => ({
      labels: { [label]: owner, outcome: ENDINGS[reason], reason },
      value,
    })),
  ])
  return counter(`${name}_total`, 'Inference requests received, and what became of them', samples)
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples }
}

/** The sample of a metric without labels; none for a value that is not known. */
function single(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }]
}

/** A sample for each model whose value is known. */
function perModel<Model>(
  models: Iterable<readonly [name: string, Model]>,
  figureOf: (model: Model) => number | undefined,
): Sample[] {
  return [...models].flatMap(([model, one]) => {
    const value = figureOf(one)
    return value === undefined ? [] : [{ labels: { model }, value }]
  })
}
