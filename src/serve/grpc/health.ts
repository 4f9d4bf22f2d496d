import type { Handlers } from './handlers.js'

export const serverLive: Handlers['serverLive'] = () => ({ live: true })

export const serverReady: Handlers['serverReady'] = ({ service }) => ({ ready: service.isReady })

/** Clients expect a model that there is not to be unready, and no error. */
export const modelReady: Handlers['modelReady'] = ({ service }, { name, version }) => ({
  ready: service.knows(name, version) && service.isModelReady(name, version),
})
