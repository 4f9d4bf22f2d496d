import type { ServingMechanism, ServingPlan } from '../plan/serving-plan.js'
import type { Demand } from '../workload/demand.js'
import type { LaunchClass } from './launch-class.js'
import { type KernelLevel, serveKernels } from './serve-kernels.js'
import { stateTimesUs } from './state-times.js'

/** Simulates launches that run side by side, kernel by kernel; the result is what each takes, in µs. */
export interface StateTask {
  readonly kind: 'state'
  readonly mechanism: ServingMechanism
  readonly launches: readonly LaunchClass[]
}

/** Serves the demand under a plan, kernel by kernel. */
export interface ServeTask {
  readonly kind: 'serve'
  readonly plan: ServingPlan
  readonly load: number
  readonly seed: number
}

/** Threads that simulate for `size`. */
export interface SizeThreads {
  run(tasks: readonly StateTask[]): Promise<number[][]>
  run(tasks: readonly ServeTask[]): Promise<KernelLevel[]>
  close(): Promise<void>
}

export function runSizeTask(demand: Demand, task: StateTask | ServeTask): number[] | KernelLevel {
  return task.kind === 'state'
    ? stateTimesUs(demand, task.mechanism, task.launches)
    : serveKernels(demand, task.plan, task.load, task.seed)
}
