/** Launches that the device cannot tell apart: a model of a demand at a batch size, under a share. */
export interface LaunchClass {
  /** Index of the demand's models. */
  readonly model: number
  readonly batch: number
  /** Compute units it may use at once. */
  readonly share: number
}

/** A key that tells classes apart, within a plan and between plans. */
export function classKey({ model, batch, share }: LaunchClass): string {
  return `${model}/${batch}@${share}`
}

/** A key for launches that run together, whatever their order. */
export function stateKey(launches: readonly LaunchClass[]): string {
  return launches.map(classKey).sort().join('+')
}
