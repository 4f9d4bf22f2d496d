import { z } from 'zod'
import { type Frozen, frozen } from '../frozen.js'
import { granules, kernels, priority } from '../quantities.js'
import { isPooled, type Plan, type WorkerPlan } from './plan.js'

export const groupOnGranulesSchema = z.strictObject({
  kernels: kernels.describe('consecutive kernels'),
  granules: granules.describe('granules they may use'),
  priority: priority.default(0).describe('0 lowest'),
})

/**
 * A kernel group that names its granules itself, whereas a plan's group refers to the plan's pool.
 * Measured points and the worker's protocol write plans in this form.
 */
export type GroupOnGranules = Frozen<z.infer<typeof groupOnGranulesSchema>>

/**
 * The kernel groups of a plan's worker, each with its granules. A partition that is placed at
 * dispatch has no granules, and neither has the share of a process.
 */
export function groupsOnGranules({ pool }: Plan, { groups }: WorkerPlan): GroupOnGranules[] {
  return groups.map(({ kernels, partition, priority }) => {
    const entry = pool[partition]
    return frozen({ kernels, granules: isPooled(entry) ? entry.granules : [], priority })
  })
}
