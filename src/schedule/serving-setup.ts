import { expectedUs, instanceModels, type ServingPlan } from '../plan/serving-plan.js'
import { classRank } from '../workload/scenario.js'
import type { ServingSetup } from './serving-core.js'

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
