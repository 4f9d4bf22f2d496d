import { Refusal } from '../refusal.js'
import { answerJson, answerShort } from './answer.js'
import type { Call } from './call.js'
import { readParameters } from './infer-request.js'
import { readJsonBody } from './json-body.js'

export async function index(call: Call): Promise<void> {
  const { ready = false } = await readJsonBody(call)
  if (typeof ready !== 'boolean') throw new Refusal('invalid', 'ready: expected true or false')
  answerJson(call, 200, call.context.service.index(ready ? 'ready' : 'all'))
}

export async function load(call: Call): Promise<void> {
  const body = await readJsonBody(call)
  const parameters = readParameters(body.parameters, 'load')
  await call.context.service.load(call.named.model, parameters)
  answerShort(call.response, 200, {})
}

export async function unload(call: Call): Promise<void> {
  const body = await readJsonBody(call)
  readParameters(body.parameters, 'unload')
  await call.context.service.unload(call.named.model)
  answerShort(call.response, 200, {})
}
