import { renderMetrics } from '../metrics.js'
import { answerJson, answerText } from './answer.js'
import type { Call } from './routes.js'

const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8'

export function metrics({ context, response }: Call): void {
  answerText(response, 200, EXPOSITION, renderMetrics(context))
}

export function plan({ context, response }: Call): void {
  answerJson(response, 200, context.service.backend.plan())
}
