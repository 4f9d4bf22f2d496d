import type { Handlers } from './handlers.js'

export const serverLive: Handlers['serverLive'] = () => ({ live: true })

export const serverReady: Handlers['serverReady'] = ({ service }) => ({ ready: service.isReady })

/** Clients expect that a model which does not exist is reported as not ready, not as an error. */
export const modelReady: Handlers['modelReady'] = ({ service }, { name, version }) => ({
  ready: service.knows(name, version) && service.isModelReady(name, version),
})
