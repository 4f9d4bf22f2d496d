import { Refusal } from '../refusal.js'
import { renderMetrics } from '../telemetry/metrics.js'
import { answerText } from './answer.js'
import type { Call } from './call.js'

const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8'

export function metrics(call: Call): void {
  answerText(call, 200, EXPOSITION, renderMetrics(call.context))
}

/** The command line decides what is traced and logged, so there is nothing to set here. */
export function noSettings(): void {
  throw new Refusal('unsupported', 'settings of traces and logs are not supported')
}
