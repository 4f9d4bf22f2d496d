import { fingerprint, totalCus } from '../device/device.js'
import type { ServedModelPlan, ServingMechanism, ServingPlan } from '../plan/serving-plan.js'
import type { Demand, DemandModel } from '../workload/demand.js'

/** What the search decides for one model. */
export interface ModelChoice {
  readonly instances: number
  /** Compute units of each instance. */
  readonly share: number
  /** The largest batch size used, as an index of the model's profiles. */
  readonly largestBatch: number
  readonly maxDelayMs: number
}

/** What the search decides for a demand. */
export interface Choice {
  readonly mechanism: ServingMechanism
  readonly models: readonly ModelChoice[]
  /** The most launches that run at once; no more than there are instances. */
  readonly concurrency: number
}

/** The shares that are tried, as parts of the device. */
export const SHARES = [0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1] as const

/** How long requests may wait for a batch to fill, as parts of the target. */
export const DELAYS = [0, 0.05, 0.1, 0.2] as const

/** The compute units in a part of the device, at least one. */
export function shareOf(demand: Demand, part: number): number {
  return Math.max(1, Math.round(part * totalCus(demand.device)))
}

/** Instances of all models together. */
export function totalInstances(models: readonly ModelChoice[]): number {
  return models.reduce((total, { instances }) => total + instances, 0)
}

/** Expected times of launches, by model and batch size: index 0 alone, 1 beside one other, … in ms. */
export type Expectation = (model: number, batch: number) => readonly number[]

/** The plan of a choice: late requests are dropped, launches ordered by deadline. */
export function planOf(demand: Demand, choice: Choice, expected: Expectation): ServingPlan {
  return {
    format: 'eclip.serving/1',
    device: { name: demand.device.name, fingerprint: fingerprint(demand.device) },
    mechanism: choice.mechanism,
    concurrency: Math.min(choice.concurrency, totalInstances(choice.models)),
    priority: 'deadline',
    models: demand.models.map((model, m) => servedModel(model, m, choice.models[m], expected)),
    evidence: { policy: 'size', parameters: {} },
  }
}

function servedModel(
  model: DemandModel,
  m: number,
  { instances, share, largestBatch, maxDelayMs }: ModelChoice,
  expected: Expectation,
): ServedModelPlan {
  const batches = model.profiles.slice(0, largestBatch + 1).map(({ batch }) => batch)
  return {
    name: model.name,
    model: model.model,
    samples: model.samples,
    batches,
    maxDelayMs,
    targetMs: model.targetUs / 1000,
    quantile: model.quantile,
    priorityClass: model.priorityClass,
    late: 'drop',
    instances,
    share,
    expectedMs: Object.fromEntries(batches.map((batch) => [batch, [...expected(m, batch)]])),
  }
}
