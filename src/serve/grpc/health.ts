import type { Handlers } from './handlers.js'

export const serverLive: Handlers['serverLive'] = () => ({ live: true })

export const serverReady: Handlers['serverReady'] = ({ service }) => ({ ready: service.isReady })

export const modelReady: Handlers['modelReady'] = ({ service }, { name, version }) => ({
  ready: service.isModelReady(name, version),
})
