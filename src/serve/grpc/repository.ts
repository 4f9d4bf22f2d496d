import { Refusal } from '../refusal.js'
import type { Handlers } from './handlers.js'
import { parametersOf } from './messages.js'

export const repositoryIndex: Handlers['repositoryIndex'] = ({ service }, request) => {
  checkRepository(request)
  const entries = service.index(request.ready ? 'ready' : 'all')
  return { models: entries.map((entry) => ({ ...entry })) }
}

export const repositoryModelLoad: Handlers['repositoryModelLoad'] = async (
  { service },
  request,
) => {
  checkRepository(request)
  await service.load(request.modelName, parametersOf(request.parameters))
  return {}
}

export const repositoryModelUnload: Handlers['repositoryModelUnload'] = async (
  { service },
  request,
) => {
  checkRepository(request)
  await service.unload(request.modelName)
  return {}
}

/** There is one repository, which has no name. */
function checkRepository({ repositoryName }: { readonly repositoryName: string }): void {
  if (repositoryName !== '')
    throw new Refusal(
      'unsupported',
      `there is no repository '${repositoryName}', only one without name`,
    )
}
