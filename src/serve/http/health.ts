import { answerShort } from './answer.js'
import type { Call } from './call.js'

export function live(call: Call): void {
  answerShort(call.response, 200, { live: true })
}

export function ready(call: Call): void {
  const { isReady } = call.context.service
  answerShort(call.response, isReady ? 200 : 503, { live: true, ready: isReady })
}

export function modelReady(call: Call): void {
  const { model: name, version } = call.named
  const isReady = call.context.service.isModelReady(name, version)
  answerShort(call.response, isReady ? 200 : 503, { name, ready: isReady })
}
