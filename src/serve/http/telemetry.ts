import { Refusal } from '../refusal.js'
import { renderMetrics } from '../telemetry/metrics.js'
import { alwaysAnswered } from './answer.js'

const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8'

export const metrics = alwaysAnswered(EXPOSITION, renderMetrics)

/** The command line decides what is traced and logged, so there is nothing to set here. */
export function noSettings(): void {
  throw new Refusal('unsupported', 'settings of traces and logs are not supported')
}
