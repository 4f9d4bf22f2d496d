import { offeredCus } from '../device/device.js'
import { buildPlan, groupKernels, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import { RIGHT_SIZE_TOLERANCE, rightSize, type Tolerance } from '../profile/right-size.js'
import type { Scenario } from '../workload/scenario.js'
import type { PolicyParameters } from './policy.js'

/** The right-size tolerance given by the parameters. */
export function toleranceOf(parameters: PolicyParameters): Tolerance {
  return { ...RIGHT_SIZE_TOLERANCE, relative: parameters.tolerance }
}

/** Who places kernels on their right-sizes, and how. */
interface RightSizing {
  readonly policy: string
  readonly mechanism: Plan['mechanism']
  /** Present if a kernel gets only compute units that no other has. */
  readonly overlap?: 'none'
}

/** Puts each kernel on its right-size, placed when it is dispatched, at the cost of the mechanism. */
export function rightSizedPlan(
  scenario: Scenario,
  parameters: PolicyParameters,
  { policy, mechanism, overlap }: RightSizing,
): Plan {
  const offered = offeredCus(scenario.device)
  const tolerance = toleranceOf(parameters)
  const pool = new PoolBuilder()
  const groups = scenario.workers.map(({ profile }) =>
    groupKernels(
      profile.kernels.map((kernel) => ({
        partition: pool.placed(rightSize(kernel, offered, tolerance), overlap),
        priority: 0,
      })),
    ),
  )
  return buildPlan(scenario, {
    mechanism,
    pool: pool.entries,
    groups,
    evidence: { policy, parameters: { tolerance: parameters.tolerance } },
  })
}
