import type { ServingMechanism, ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import type { LaunchClass } from './launch-class.js'
import { type KernelLevel, serveKernels } from './serve-kernels.js'
import { stateTimesUs } from './state-times.js'

/** A task that threads simulate for `size`: a set of launches, or a plan under load, kernel by kernel. */
export type SizeTask =
  | {
      readonly kind: 'state'
      readonly mechanism: ServingMechanism
      readonly launches: readonly LaunchClass[]
    }
  | {
      readonly kind: 'serve'
      readonly plan: ServingPlan
      readonly load: number
      readonly seed: number
    }

export type SizeTaskResult =
  | { readonly kind: 'state'; readonly timesUs: readonly number[] }
  | { readonly kind: 'serve'; readonly served: KernelLevel }

export function runSizeTask(demand: Demand, task: SizeTask): SizeTaskResult {
  if (task.kind === 'state') {
    return { kind: 'state', timesUs: stateTimesUs(demand, task.mechanism, task.launches) }
  }
  return { kind: 'serve', served: serveKernels(demand, task.plan, task.load, task.seed) }
}
