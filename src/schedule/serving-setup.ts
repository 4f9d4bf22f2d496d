import { expectedUs, instanceModels, type ServingPlan } from '../plan/serving-plan.js'
import { classRank } from '../workload/scenario.js'

/** How the requests of one model are served. Times in µs. */
export interface ServedModel {
  readonly name: string
  /** Samples that one launch can carry: the batch sizes its instances have captured, ascending. */
  readonly batches: readonly number[]
  /** A request counts if it ends within this time of its arrival. */
  readonly targetUs: number
  /** How long the oldest request of a launch may wait for others to fill the batch; 0: not at all. */
  readonly maxDelayUs: number
  /**
   * Launches are ordered as if this model's were due so much earlier. Models may miss a part of their targets;
   * where one uses its part up before the others do, a head start shares the misses out.
   */
  readonly headStartUs: number
  /** The share of its requests that shall be in time. */
  readonly quantile: number
  /** The class of requests that name none; a higher class goes first, across models. */
  readonly priorityClass: number
  /** Whether a request that can no longer meet its deadline is dropped or served all the same. */
  readonly late: 'drop' | 'serve'
  /** How many samples may wait; requests beyond that are refused. */
  readonly mostWaiting: number
}

/** What is served and with what: all that the core decides upon. */
export interface ServingSetup {
  readonly models: readonly ServedModel[]
  /** The model of each instance, as an index of `models`. */
  readonly instances: readonly number[]
  /** The most launches that may run on the device at once. */
  readonly concurrency: number
  /** Whether models that lately missed more of what they may miss have more of a head start; left out: no. */
  readonly evenMisses?: boolean
  /** Priority levels that a launch can take, 1 or more; 0 is the lowest. */
  readonly levels: number
  /**
   * Expected time of a launch in µs.
   * @param batch a captured batch size
   * @param running launches on the device, this one included
   */
  estimateUs(instance: number, batch: number, running: number): number
  /** Whether a model goes before others of any class now, to have its least share; left out: never. */
  isOwed?(model: number): boolean
}

/** A model's queue holds what one instance does in so many of its targets; requests beyond are refused. */
const MOST_WAITING_TARGETS = 50
/** A queue this short is never full, however slow the model. */
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
