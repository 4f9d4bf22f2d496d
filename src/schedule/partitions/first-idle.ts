import { HOLD, type SchedulerKind } from './scheduler.js'
import type { ScheduleView } from './view.js'

/**
 * The largest idle partition, or HOLD. The order matters where partitions are unequal: going by
 * index would fill the small partitions of a layout while the large ones idle.
 */
export function firstIdle(view: ScheduleView): number {
  for (const partition of view.largeToSmall) {
    if (view.isIdle(partition)) return partition
  }
  return HOLD
}

export const firstIdleFirstServed: SchedulerKind = {
  name: 'fifs',
  title: 'largest idle partition, first come first served',
  source: 'the baseline of PARIS and ELSA, arXiv 2202.13481',
  create: () => ({ decide: firstIdle }),
}
