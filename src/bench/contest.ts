import type { Plan } from '../plan/plan.js'
import type { GraphMode, Hello, KernelMode } from '../torch/protocol.js'

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

/** A way to run a mix, and its results. */
export interface Contestant {
  /** Name of a policy or of a rival. */
  readonly name: string
  /** The plan that ran; rivals have none. */
  readonly plan?: Plan | undefined
  /** How its kernels were launched one by one. Absent if whole graphs were launched. */
  readonly mode?: KernelMode | undefined
  /** The plan's weighted speedup as predicted by the simulator. */
  readonly predictedSpeedup?: number | undefined
  /** One window for each repeat. */
  readonly windows: readonly MeasuredWindow[]
  /** Why it did not run or did not finish, in one line. */
  readonly failed?: string | undefined
}

/** Measurements of a mix: contestants in one worker process, and every worker's rate alone. */
export interface Contest {
  readonly hello: Hello
  readonly soloRates: readonly number[]
  readonly contestants: readonly Contestant[]
}

/** Receives the progress of a contest. */
export interface Listener {
  readonly progress: (text: string) => void
  /** Called after every window with what has been measured so far. */
  readonly measured: (contest: Contest) => void
}

/** How long and how many times everything is measured. */
export interface BenchSettings {
  /** Length of each window. Power needs at least 2 s, because energy counters move in steps. */
  readonly seconds: number
  readonly repeats: number
  readonly seed: number
  /** How graphs carry out plans. If absent, the worker chooses what works best on its device. */
  readonly mode?: GraphMode | undefined
}
