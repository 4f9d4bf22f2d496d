import { poolUnits } from '../../device/device.js'
import type { Scenario } from '../../workload/scenario.js'
import { MEASURED_CUTS, type PriorityRule, quartileCuts } from '../priorities.js'
import type { Candidate } from './candidate.js'

/** How many sizes of staggered windows are tried, evenly spaced up to the whole device. */
const SIZES = 16

/** The priority rules that differ on this device. A device with one level has only one rule. */
export function priorityRules(scenario: Scenario): PriorityRule[] {
  if (scenario.device.priorityLevels < 2) return [{ kind: 'none' }]
  return [{ kind: 'none' }, MEASURED_CUTS, quartileCuts(scenario), { kind: 'workers' }]
}

/**
 * Windows of one size for all workers, whose starts are spread evenly over the device, without
 * priorities. The search must beat the best of them. Sizes go from the equal share, which is
 * disjoint where the granules allow it, up to the whole device.
 */
export function fixedWindows(scenario: Scenario): Candidate[] {
  const units = poolUnits(scenario.device).length
  const share = Math.max(1, Math.floor(units / scenario.workers.length))
  const sizes = Array.from({ length: SIZES }, (_, i) => Math.round(((i + 1) * units) / SIZES))
  return [...new Set([share, ...sizes.filter((size) => size >= share)])].map((size) => ({
    workers: scenario.workers.map((_, w) => ({
      first: { base: Math.round((w * units) / scenario.workers.length) % units, size },
    })),
    priorities: { kind: 'none' },
  }))
}

/** The candidates with each priority rule of the device, except the rule that gives no priorities. */
export function withPriorities(scenario: Scenario, candidates: readonly Candidate[]): Candidate[] {
  const rules = priorityRules(scenario).filter((rule) => rule.kind !== 'none')
  return candidates.flatMap((candidate) =>
    rules.map((priorities) => ({ ...candidate, priorities })),
  )
}
