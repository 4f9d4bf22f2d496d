import { InputError } from '../errors.js'
import type { Demand } from '../workload/demand.js'

/**
 * Refuses a demand that has nothing to plan for.
 * @throws InputError if it has no models
 */
export function checkDemand({ models }: Demand): void {
  if (models.length > 0) return
  throw new InputError({ file: 'demand', path: 'models', expected: 'at least one', found: 'none' })
}

/** Names of the models whose target is shorter than their latency alone. No plan can meet such a target. */
export function unreachableTargets({ models }: Demand): string[] {
  return models.filter(({ targetUs, soloUs }) => targetUs < soloUs).map(({ name }) => name)
}
