import { Refusal } from '../refusal.js'
import type { Backend, BackendView, ModelEntry } from './backend.js'

const REASON = 'the plan is being made'

/**
 * Stands in for a backend whose plan is still being made. It knows its models by name and refuses everything else.
 */
export class UnplannedBackend implements Backend {
  readonly models: ReadonlyMap<string, ModelEntry>
  readonly #device: BackendView['device']

  constructor(names: readonly string[], device: BackendView['device']) {
    this.models = new Map(names.map((name) => [name, beingPlanned(name)]))
    this.#device = device
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  pending(): number {
    return 0
  }

  observe(): BackendView {
    return { device: this.#device, models: new Map(), holdings: [] }
  }

  plan(): never {
    throw new Refusal('model-unavailable', REASON)
  }

  async load(): Promise<never> {
    return this.plan()
  }

  async unload(): Promise<never> {
    return this.plan()
  }

  async infer(): Promise<never> {
    return this.plan()
  }

  async swap(): Promise<never> {
    return this.plan()
  }

  async tryPlan(): Promise<never> {
    return this.plan()
  }

  async applyTrial(): Promise<never> {
    return this.plan()
  }
}

function beingPlanned(name: string): ModelEntry {
  const metadata = { name, platform: '', inputs: [], outputs: [], largestBatch: 0 }
  return { metadata, state: 'LOADING', reason: REASON }
}
