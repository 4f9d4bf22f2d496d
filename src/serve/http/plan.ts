import { validate } from '../../io/validate.js'
import { servingPlanSchema } from '../../plan/serving-plan.js'
import { trialRequestSchema } from '../planning/trial.js'
import { alwaysAnswered, answerJson, answerShort } from './answer.js'
import type { Call } from './call.js'
import { readJsonBody } from './json-body.js'

export const present = alwaysAnswered('application/json', ({ service }) =>
  JSON.stringify(service.backend.plan()),
)

/** Puts the plan in the body of the request into force. */
export async function swap(call: Call): Promise<void> {
  const plan = validate(await readJsonBody(call), servingPlanSchema, 'the plan')
  await call.context.service.backend.swap(plan)
  answerShort(call.response, 200, {})
}

/** Simulates another plan on the requests of the last minutes. */
export async function tryAnother(call: Call): Promise<void> {
  const asked = validate(await readJsonBody(call), trialRequestSchema, 'the trial')
  answerJson(call, 200, await call.context.service.backend.tryPlan(asked))
}

/** Puts a plan into force that was tried before. */
export async function applyTrial(call: Call): Promise<void> {
  await call.context.service.backend.applyTrial(call.named.trial)
  answerShort(call.response, 200, {})
}
