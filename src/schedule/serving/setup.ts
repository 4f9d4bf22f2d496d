import { expectedUs, instanceModels, type ServingPlan } from '../../plan/serving-plan.js'
import { classRank } from '../../workload/scenario.js'

/** How the requests of one model are served. Times in µs. */
export interface ServedModel {
  readonly name: string
  /** Samples that one launch can carry: the batch sizes its instances have captured, ascending. */
  readonly batches: readonly number[]
  /** A request is in time if it ends within this time of its arrival. */
  readonly targetUs: number
  /**
   * How long the oldest request of a launch may wait for others to fill the batch; at 0 it does not
   * wait.
   */
  readonly maxDelayUs: number
  /**
   * Launches are ordered as if this model's were due this much earlier. Every model may miss some
   * of its targets; if one model would use up its allowance before the others, a head start spreads
   * the misses more evenly.
   */
  readonly headStartUs: number
  /** The share of its requests that must be in time. */
  readonly quantile: number
  /** Class of requests that do not name one. A higher class goes first, across models. */
  readonly priorityClass: number
  /**
   * Whether a request that can no longer meet its deadline is dropped or is served all the same.
   */
  readonly late: 'drop' | 'serve'
  /** The most samples that may wait. Requests beyond that are refused. */
  readonly mostWaiting: number
}

/** What is served and by what: everything that the core's decisions depend on. */
export interface ServingSetup {
  readonly models: readonly ServedModel[]
  /** The model of each instance, as an index of `models`. */
  readonly instances: readonly number[]
  /** The most launches that may run on the device at once. */
  readonly concurrency: number
  /**
   * Whether models that have lately used up more of their allowed misses get a larger head start.
   * If absent, they do not.
   */
  readonly evenMisses?: boolean
  /** Priority levels that a launch can take, 1 or more; 0 is the lowest. */
  readonly levels: number
  /**
   * Expected time of a launch in µs.
   * @param batch a captured batch size
   * @param running number of launches on the device, this one included
   */
  estimateUs(instance: number, batch: number, running: number): number
  /**
   * Whether a model now goes before others of any class because it is owed its least share. If
   * absent, no model ever is.
   */
  isOwed?(model: number): boolean
}

/**
 * A model's queue holds what one instance completes in this many targets. Requests beyond that are
 * refused.
 */
const MOST_WAITING_TARGETS = 50
/** A queue never counts as full below this many samples, however slow the model is. */
const LEAST_WAITING_SAMPLES = 64

/**
 * What the scheduling core needs to serve a plan.
 * @param levels priority levels of the device
 */
export function servingSetup(plan: ServingPlan, levels: number): ServingSetup {
  const instances = instanceModels(plan)
  return {
    models: plan.models.map((model) => {
      const largest = model.batches[model.batches.length - 1]
      const perTarget = (largest * model.targetMs * 1000) / expectedUs(model, largest, 1)
      return {
        name: model.name,
        batches: model.batches,
        targetUs: model.targetMs * 1000,
        maxDelayUs: model.maxDelayMs * 1000,
        headStartUs: (model.headStartMs ?? 0) * 1000,
        quantile: model.quantile,
        priorityClass: classRank(model.priorityClass),
        late: model.late,
        mostWaiting: Math.max(LEAST_WAITING_SAMPLES, Math.ceil(MOST_WAITING_TARGETS * perTarget)),
      }
    }),
    instances,
    concurrency: plan.concurrency,
    evenMisses: plan.evenMisses === true,
    levels: plan.priority === 'deadline' ? levels : 1,
    estimateUs: (instance, batch, running) =>
      expectedUs(plan.models[instances[instance]], batch, running),
  }
}
