import type { Scenario } from '../workload/scenario.js'

/** How far the simulator was off on mixes that it had not been fitted on: mean errors, as shares. */
export interface RecordedError {
  /** Of a worker's rate. */
  readonly rate: number
  readonly weightedSpeedup: number
  readonly p95: number
  readonly power: number
  /** The mixes that it was recorded on, in words. */
  readonly source: string
}

/**
 * The one place that says how far simulated figures are to be trusted. Every mix was predicted with
 * parameters that were fitted on all others: `eclip validate data/measured/points/h200-*.json.gz
 * --leave-one-out --trials 80`; on the H100, where no constant was fitted, `eclip validate
 * data/measured/points/h100-*.json.gz`.
 */
const RECORDED: Readonly<Record<string, RecordedError>> = {
  h200: {
    rate: 0.046,
    weightedSpeedup: 0.025,
    p95: 0.052,
    power: 0.034,
    source: '45 measured mixes in closed loops, each predicted by a fit to the others',
  },
  h100: {
    rate: 0.053,
    weightedSpeedup: 0.027,
    p95: 0.056,
    power: 0.031,
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
