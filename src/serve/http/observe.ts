import { validate } from '../../io/validate.js'
import { servingPlanSchema } from '../../plan/serving-plan.js'
import { Refusal } from '../refusal.js'
import { renderMetrics } from '../telemetry/metrics.js'
import { answerJson, answerText } from './answer.js'
import type { Call } from './call.js'
import { readJsonBody } from './json-body.js'

const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8'

export function metrics({ context, response }: Call): void {
  answerText(response, 200, EXPOSITION, renderMetrics(context))
}

/** The command line decides what is traced and logged, so there is nothing to set here. */
export function noSettings(): void {
  throw new Refusal('unsupported', 'settings of traces and logs are not supported')
}

/** Puts the plan in the body of the request into force. */
export async function swapPlan(call: Call): Promise<void> {
  const { backend } = call.context.service
  await backend.swap(validate(await readJsonBody(call), servingPlanSchema, 'the plan'))
  answerJson(call.response, 200, {})
}

export function plan({ context, response }: Call): void {
  answerJson(response, 200, context.service.backend.plan())
}
