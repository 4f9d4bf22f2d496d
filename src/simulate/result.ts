/** What one worker did in a simulated (or measured) window. */
export interface WorkerResult {
  readonly name: string
  /** Requests completed inside the window. */
  readonly completed: number
  /**
   * Requests per second. Those that are under way at either end of a simulated window count by the
   * part of their solo time that lies inside it.
   */
  readonly requestsPerSecond: number
  /**
   * Requests that arrived per second of the window. Null in a closed loop, which has no rate of its
   * own but asks for as much as it can get.
   */
  readonly offeredPerSecond: number | null
  /** How long a request may take from its arrival, in µs; absent if none has a deadline. */
  readonly deadlineUs?: number
  /** Share of the window in which a request was in service, 0..1. */
  readonly busyShare: number
  /** Latency of each completed request, from its arrival to its completion, in µs and ascending. */
  readonly latenciesUs: Float64Array
  readonly switchesPerRequest: number
}

export interface SimulationResult {
  /** Length of the measured window in s, after the warm-up. */
  readonly seconds: number
  readonly workers: readonly WorkerResult[]
  /** Mean power of the device over the window in W, and its energy in J. */
  readonly powerW: number
  readonly energyJ: number
  /** Mean share of the device's compute units that held at least one block, 0..1. */
  readonly cuUtilization: number
  /** Kernel launches simulated, warm-up included. */
  readonly launches: number
}

/** One kernel on one partition, for timelines and traces. Times in µs of simulated time. */
export interface KernelSpan {
  readonly worker: number
  readonly request: number
  /** Index of the kernel in the worker's profile. */
  readonly kernel: number
  readonly startUs: number
  readonly endUs: number
  /** Granules on which at least one of its blocks ran. */
  readonly granules: readonly number[]
}

/** What the device did since the previous sample. */
export interface DeviceSample {
  /** When the sample was taken, in µs of simulated time. */
  readonly timeUs: number
  /** Mean power in W since the previous sample. */
  readonly powerW: number
  /** Mean share of the compute units that held a block since the previous sample, 0..1. */
  readonly occupancy: number
  /** Requests that wait for each worker, behind the one it serves. */
  readonly waiting: readonly number[]
}

/** The part of simulated time that is measured, and the warm-up before it. */
export interface SimulationWindow {
  /** Simulated time before the measured window, in µs. */
  readonly warmupUs: number
  /** Simulated time of the measured window, in µs. */
  readonly durationUs: number
}

export const SIMULATION_MODES = ['exact', 'coarse'] as const

export interface SimulationOptions extends SimulationWindow {
  readonly seed: number
  /** `coarse` takes two thirds of the time of `exact`, and its rates are a few percent off. */
  readonly mode: (typeof SIMULATION_MODES)[number]
  /**
   * Where the memset nodes of a worker's graph run: with its kernels, as eclip runs them (the
   * default), or in the default context, two switches away.
   */
  readonly memsets?: 'rehomed' | 'default-context' | undefined
  /**
   * Whether processes under MPS are told that they have the whole device, as eclip starts them (the
   * default), so that libraries choose the kernels that were profiled. The older recorded runs are
   * of processes that were told of their share alone.
   */
  readonly told?: boolean | undefined
  /** Called for every finished kernel, in order of end time. */
  readonly onKernel?: (span: KernelSpan) => void
  /** Called for every request that arrives; in a closed loop, when the previous one has ended. */
  readonly onArrival?: ((worker: number, timeUs: number) => void) | undefined
  /** Called every `sampleUs` of the measured window. */
  readonly onSample?: ((sample: DeviceSample) => void) | undefined
  /** Time between samples in µs; must be above 0 if samples are asked for. */
  readonly sampleUs?: number | undefined
}
