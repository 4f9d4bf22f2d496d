import type { Device } from '../device/device.js'
import type { Profile } from '../profile/profile.js'

/** How requests reach a worker. Rates are per second, times in µs from the start. */
export type Load =
  | { readonly kind: 'closed' }
  | { readonly kind: 'poisson'; readonly ratePerSecond: number }
  | { readonly kind: 'trace'; readonly arrivalsUs: readonly number[] }
  | PeriodicLoad

/** A request at every tick of a clock, each due within its deadline, as from cameras and control loops. */
export interface PeriodicLoad {
  readonly kind: 'periodic'
  readonly everyUs: number
  /** When the first request comes. */
  readonly offsetUs: number
  /** Counted from the arrival of a request. */
  readonly deadlineUs: number
}

export const CLOSED_LOOP: Load = { kind: 'closed' }

/** Classes of workers and of requests; a later one goes first. */
export const PRIORITY_CLASSES = ['low', 'normal', 'high'] as const
export type PriorityClass = (typeof PRIORITY_CLASSES)[number]

/** The rank of a class; a higher one goes first. */
export function classRank(priorityClass: PriorityClass): number {
  return PRIORITY_CLASSES.indexOf(priorityClass)
}

/** One co-located model instance, serving one request at a time. */
export interface ScenarioWorker {
  /** Unique in its scenario, e.g. `densenet201/8` or `densenet201/8#2` for the second replica. */
  readonly name: string
  readonly profile: Profile
  readonly load: Load
  readonly p95TargetMs?: number | undefined
  readonly priorityClass: PriorityClass
  /** Least share of its solo rate that the worker must keep, 0..1. */
  readonly minimumShare: number
}

/** A worker in a closed loop, without any targets. */
export function closedLoopWorker(name: string, profile: Profile): ScenarioWorker {
  return { name, profile, load: CLOSED_LOOP, priorityClass: 'normal', minimumShare: 0 }
}

/** A workload with everything that it names read and resolved: the input of policies and the simulator. */
export interface Scenario {
  readonly device: Device
  readonly workers: readonly ScenarioWorker[]
}

/** Whether any worker of the scenario has a target: a p95, or a share of its rate alone. */
export function hasTargets({ workers }: Pick<Scenario, 'workers'>): boolean {
  return workers.some((worker) => worker.p95TargetMs !== undefined || worker.minimumShare > 0)
}
