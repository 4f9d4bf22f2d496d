import type { Scenario } from '../workload/scenario.js'

/** Mean errors of the simulator, as fractions, on mixes that it had not been fitted on. */
export interface RecordedError {
  /** Error of a worker's rate. */
  readonly rate: number
  /** Error of simulated rates over simulated rates alone, the form in which weighted speedup is printed. */
  readonly weightedSpeedup: number
  readonly p95: number
  readonly power: number
  /** The mixes on which it was recorded, in words. */
  readonly source: string
}

/**
 * The only place that says how far simulated figures can be trusted. The errors are means over files of measured
 * points that no constant was fitted on, from the tables of docs/accuracy.md (`node bench/accuracy.mjs`). The
 * files of the H200 are `held-out`, `bench-ten`, `bench-told`, `gallery` and `blind`; those of the H100 are all
 * five.
 */
const RECORDED: Readonly<Record<string, RecordedError>> = {
  h200: {
    rate: 0.05,
    weightedSpeedup: 0.037,
    p95: 0.054,
    power: 0.037,
    source: '46 measured mixes in closed loops, on which no constant was fitted',
  },
  h100: {
    rate: 0.06,
    weightedSpeedup: 0.036,
    p95: 0.062,
    power: 0.039,
    source: '30 measured mixes in closed loops on H100s, none of which was fitted on',
  },
}

/**
 * The recorded error for a scenario's device. Undefined if nothing was recorded, or if a profile is
 * of a model that was never measured.
 */
export function recordedErrorOf({ device, workers }: Scenario): RecordedError | undefined {
  const isMeasured = workers.every(({ profile }) => profile.source === 'measured')
  return isMeasured ? RECORDED[device.name] : undefined
}
