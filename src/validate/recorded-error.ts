import type { Scenario } from '../workload/scenario.js'

/** How far the simulator was off on mixes that it had not been fitted on: mean errors, as shares. */
export interface RecordedError {
  /** Of a worker's rate. */
  readonly rate: number
  /** Simulated rates over simulated rates alone, as it is printed. */
  readonly weightedSpeedup: number
  readonly p95: number
  readonly power: number
  /** The mixes that it was recorded on, in words. */
  readonly source: string
}

/**
 * The one place that says how far simulated figures are to be trusted: means over files of measured points that no
 * constant was fitted on, from the tables of docs/accuracy.md (`node bench/accuracy.mjs`). Those of the H200 are
 * `held-out`, `bench-ten`, `bench-told`, `gallery` and `blind`, those of the H100 all three.
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
    rate: 0.056,
    weightedSpeedup: 0.04,
    p95: 0.059,
    power: 0.032,
    source: '24 measured mixes in closed loops on H100s, none of which was fitted on',
  },
}

/**
 * The recorded error of a scenario's device; undefined where nothing was recorded, or a profile is a
 * model that was never measured.
 */
export function recordedErrorOf({ device, workers }: Scenario): RecordedError | undefined {
  const isMeasured = workers.every(({ profile }) => profile.source === 'measured')
  return isMeasured ? RECORDED[device.name] : undefined
}
