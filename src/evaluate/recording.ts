import { clamp } from '../numbers.js'
import type { Plan } from '../plan/plan.js'
import type { Metrics } from '../simulate/metrics.js'
import type { DeviceSample, KernelSpan, SimulationOptions } from '../simulate/result.js'
import { simulate } from '../simulate/simulate.js'
import type { Scenario } from '../workload/scenario.js'
import { RECORDING_US, REPORT_WARMUP_US } from './simulation-windows.js'

/** A request that arrived for a worker. */
export interface Arrival {
  readonly worker: number
  readonly timeUs: number
}

/** What happened in a part of a run, for timelines and traces. Times in µs since the part began. */
export interface Recording {
  readonly durationUs: number
  /** Kernels that started in this part, ordered by their ends. */
  readonly kernels: readonly KernelSpan[]
  readonly arrivals: readonly Arrival[]
  /** Samples at regular intervals. */
  readonly samples: readonly DeviceSample[]
}

/** Approximate number of samples in a recording: as many as a screen can show. */
const SAMPLES = 500
/** Number of requests of the slowest worker in a recording. */
const REQUESTS = 3

/**
 * Records a part of a run right after the warm-up: some requests of the slowest worker.
 * @param metrics metrics of the plan, which tell which worker is slowest
 */
export function record(
  scenario: Scenario,
  plan: Plan,
  metrics: Metrics,
  run: Pick<SimulationOptions, 'seed' | 'mode'>,
): Recording {
  const durationUs = recordedUs(metrics)
  const sinceStart = (us: number): number => us - REPORT_WARMUP_US
  const kernels: KernelSpan[] = []
  const arrivals: Arrival[] = []
  const samples: DeviceSample[] = []
  simulate(scenario, plan, {
    ...run,
    warmupUs: REPORT_WARMUP_US,
    durationUs,
    sampleUs: Math.floor(durationUs / SAMPLES),
    onKernel: (span) => {
      const [startUs, endUs] = [sinceStart(span.startUs), sinceStart(span.endUs)]
      if (startUs >= 0) kernels.push({ ...span, startUs, endUs })
    },
    onArrival: (worker, timeUs) => {
      if (sinceStart(timeUs) >= 0) arrivals.push({ worker, timeUs: sinceStart(timeUs) })
    },
    onSample: (sample) => samples.push({ ...sample, timeUs: sinceStart(sample.timeUs) }),
  })
  return { durationUs, kernels, arrivals, samples }
}

/**
 * A worker that is offered little is slow because it waits, and waiting deserves less space in a
 * recording.
 */
function recordedUs({ workers }: Metrics): number {
  const slowest = Math.min(...workers.map((worker) => worker.requestsPerSecond))
  return clamp((REQUESTS * 1e6) / slowest, RECORDING_US.least, RECORDING_US.most)
}
