import type { BackendModelView, BackendView } from '../backend/backend.js'
import type { Context } from '../context.js'
import { type InferenceService, VERSION } from '../inference-service.js'
import { ENDINGS } from '../refusal.js'
import { expose, type Metric, type Sample } from './exposition.js'
import { LATENCY_BOUNDS_S } from './latency-histogram.js'
import type { Account } from './request-accounting.js'
import type { ObservedModel, ServerState } from './state.js'
import type { ModelStatistics } from './statistics.js'

/** All counters in the format of Prometheus, under Triton's names where Triton has one. */
export function renderMetrics({ service, memoryBudget, observer }: Context): string {
  const models = service.modelStatistics('', '')
  return expose([
    ...TRITON.map((counter) => tritonMetric(counter, models)),
    latencies(models),
    pending(service),
    ...observed(observer.state),
    ...used(service.backend.observe()),
    outcomes('eclip_requests', 'model', service.accounting.byModel),
    outcomes('eclip_tenant_requests', 'tenant', service.accounting.byTenant),
    {
      name: 'eclip_held_bytes',
      type: 'gauge',
      help: 'Bytes of the requests under way',
      samples: [{ labels: {}, value: memoryBudget.heldBytes }],
    },
  ])
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
    help: 'Inference requests that were not answered with a result',
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

function tritonMetric(counter: Counter, models: readonly [string, ModelStatistics][]): Metric {
  const samples = models.map(([model, statistics]) => ({
    labels: { model, version: VERSION },
    value: counter.value(statistics),
  }))
  return { name: counter.name, type: 'counter', help: counter.help, samples }
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
  const gauge = (
    name: string,
    help: string,
    value: (model: ObservedModel) => number | undefined,
  ): Metric => ({
    name: `eclip_${name}`,
    type: 'gauge',
    help: `${help}, over the last ${windowS} s`,
    samples: models.flatMap((model) => {
      const known = value(model)
      return known === undefined ? [] : [{ labels: { model: model.name }, value: known }]
    }),
  })
  const quantiles = (['p50', 'p95', 'p99'] as const).map((quantile) =>
    gauge(
      `latency_${quantile}_milliseconds`,
      'Latency of answered requests',
      (model) => model.latencyMs?.[quantile],
    ),
  )
  return [
    {
      name: 'nv_inference_pending_request_count',
      type: 'gauge',
      help: 'Requests that wait for a launch',
      samples: models.map(({ name, waiting }) => ({
        labels: { model: name, version: VERSION },
        value: waiting,
      })),
    },
    gauge('received_per_second', 'Requests received', ({ receivedPerS }) => receivedPerS),
    gauge('answered_per_second', 'Requests answered', ({ answeredPerS }) => answeredPerS),
    ...quantiles,
    gauge('attainment', 'Share of requests in time', ({ attainment }) => attainment),
    gauge('batch_samples', 'Samples of a launch', ({ meanBatch }) => meanBatch),
    gauge('model_power_watts', 'Power by the work of the model', ({ powerW }) => powerW),
    gauge('joules_per_request', 'Energy of a request', (model) => model.joulesPerRequest),
    {
      name: 'eclip_power_watts',
      type: 'gauge',
      help: `Power of the device, over the last ${windowS} s`,
      samples: device.powerW === undefined ? [] : [{ labels: {}, value: device.powerW }],
    },
  ]
}

/** What each model has used of the device. The parts add up to the total of the device. */
function used({ device, models, shares, plan }: BackendView): Metric[] {
  const byModel = (value: (model: BackendModelView) => number | undefined): Sample[] =>
    [...models].flatMap(([name, model]) => {
      const known = value(model)
      return known === undefined ? [] : [{ labels: { model: name }, value: known }]
    })
  const partOf = (
    owner: 'model' | 'tenant',
    parts: ReadonlyMap<string, number> = new Map(),
  ): Metric => ({
    name: `eclip_${owner}_share`,
    type: 'gauge',
    help: `Part of the work of the device that the ${owner} had in the last seconds`,
    samples: [...parts].map(([name, value]) => ({ labels: { [owner]: name }, value })),
  })
  const alone = (value: number | undefined): Sample[] =>
    value === undefined ? [] : [{ labels: {}, value }]
  return [
    partOf('model', shares?.models),
    partOf('tenant', shares?.tenants),
    {
      name: 'eclip_sm_milliseconds_total',
      type: 'counter',
      help: 'Compute units that launches held, times the milliseconds they held them',
      samples: byModel(({ cuMs }) => cuMs),
    },
    {
      name: 'eclip_energy_joules_total',
      type: 'counter',
      help: 'Energy of the device by the work of the model',
      samples: byModel(({ energyJ }) => energyJ),
    },
    {
      name: 'nv_energy_consumption',
      type: 'counter',
      help: 'Energy of the device in joules since the server started',
      samples: alone(device.energyJ),
    },
    {
      name: 'eclip_plan_switches_total',
      type: 'counter',
      help: 'Plans put into force',
      samples: alone(plan?.switches),
    },
  ]
}

function pending({ backend }: InferenceService): Metric {
  return {
    name: 'eclip_pending_requests',
    type: 'gauge',
    help: 'Requests that wait or run',
    samples: [...backend.models.keys()].map((model) => ({
      labels: { model },
      value: backend.pending(model),
    })),
  }
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
  return {
    name: `${name}_total`,
    type: 'counter',
    help: 'Inference requests received, and what became of them',
    samples,
  }
}
