import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Scenario } from '../../../workload/scenario.js'

export interface CompareReport {
  readonly scenario: Scenario
  /** At least one, in the order in which they are reported. */
  readonly outcomes: readonly PolicyOutcome[]
  /** How the numbers were obtained, in words: seed, simulated time, version. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}
