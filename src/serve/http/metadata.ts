import { EXTENSIONS, VERSION } from '../inference-service.js'
import { modelConfig } from '../model-config.js'
import { answerJson } from './answer.js'
import type { Call } from './call.js'

export function server({ context, response }: Call): void {
  const { name, version } = context.service.options
  answerJson(response, 200, { name, version, extensions: EXTENSIONS })
}

export function model({ context, response, named }: Call): void {
  const metadata = context.service.metadata(named.model, named.version)
  const { name, platform, inputs, outputs } = metadata
  answerJson(response, 200, { name, versions: [VERSION], platform, inputs, outputs })
}

export function config({ context, response, named }: Call): void {
  const metadata = context.service.metadata(named.model, named.version)
  answerJson(response, 200, modelConfig(metadata))
}
