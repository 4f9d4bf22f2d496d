import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Scenario } from '../../../workload/scenario.js'

export interface CompareReport {
  readonly scenario: Scenario
  /** At least one; in the order of the report. */
  readonly outcomes: readonly PolicyOutcome[]
  /** How the numbers came about, in words: seed, simulated time, version. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}
