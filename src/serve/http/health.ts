import { answerJson } from './answer.js'
import type { Call } from './call.js'

export function live({ response }: Call): void {
  answerJson(response, 200, { live: true })
}

export function ready({ context, response }: Call): void {
  const { isReady } = context.service
  answerJson(response, isReady ? 200 : 503, { live: true, ready: isReady })
}

export function modelReady({ context, response, named }: Call): void {
  const { model: name, version } = named
  const isReady = context.service.isModelReady(name, version)
  answerJson(response, isReady ? 200 : 503, { name, ready: isReady })
}
