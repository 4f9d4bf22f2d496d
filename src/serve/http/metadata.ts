import type { ModelMetadata } from '../backend/backend.js'
import { EXTENSIONS, VERSION } from '../inference-service.js'
import { modelConfig } from '../model-config.js'
import { answerJson } from './answer.js'
import type { Call } from './call.js'

export function server(call: Call): void {
  const { name, version } = call.context.service.options
  answerJson(call, 200, { name, version, extensions: EXTENSIONS })
}

export function model(call: Call): void {
  const { name, platform, inputs, outputs } = metadataOf(call)
  answerJson(call, 200, { name, versions: [VERSION], platform, inputs, outputs })
}

export function config(call: Call): void {
  answerJson(call, 200, modelConfig(metadataOf(call)))
}

function metadataOf({ context, named }: Call): ModelMetadata {
  return context.service.metadata(named.model, named.version)
}
