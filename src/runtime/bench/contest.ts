import type { Plan } from '../../plan/plan.js'
import type { Metrics } from '../../simulate/metrics.js'

/** What one worker did in a measured window. */
export interface MeasuredWorker {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** One window in which all workers of a mix ran. */
export interface MeasuredWindow {
  readonly seconds: number
  readonly workers: readonly MeasuredWorker[]
  /** Mean power of the device; undefined where it is not metered. */
  readonly powerW: number | undefined
}

/** A way to run a mix, and what came of it. */
export interface Contestant {
  /** A policy's name, or a rival's. */
  readonly name: string
  /** The plan that ran; rivals have none. */
  readonly plan?: Plan | undefined
  /** What the simulator said the plan would do. */
  readonly predicted?: Metrics | undefined
  /** One for each repeat. */
  readonly windows: readonly MeasuredWindow[]
}

/** How long and how often everything is measured. */
export interface BenchSettings {
  /** Length of each window; energy counters move in steps, so 2 s is the least for power. */
  readonly seconds: number
  readonly repeats: number
  readonly seed: number
}

/** Time before each window that does not count. */
export const WARM_SECONDS = 0.3
