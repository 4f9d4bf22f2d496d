import type { Addition } from '../../../size/addition.js'
import type { Sizing } from '../../../size/size-demand.js'
import type { Demand } from '../../../workload/demand.js'

/** A sized demand, for the terminal and the page. */
export interface SizeResult {
  /** This includes the models that were added, if any were. */
  readonly demand: Demand
  readonly sizing: Sizing
  readonly addition?: Addition | undefined
}
