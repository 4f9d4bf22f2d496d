import type { Handlers } from './handlers.js'
import { parametersOf } from './messages.js'

export const repositoryIndex: Handlers['repositoryIndex'] = ({ service }, { ready }) => ({
  models: service.index(ready ? 'ready' : 'all').map((entry) => ({ ...entry })),
})

export const repositoryModelLoad: Handlers['repositoryModelLoad'] = async (
  { service },
  { modelName, parameters },
) => {
  await service.load(modelName, parametersOf(parameters))
  return {}
}

export const repositoryModelUnload: Handlers['repositoryModelUnload'] = async (
  { service },
  { modelName },
) => {
  await service.unload(modelName)
  return {}
}
