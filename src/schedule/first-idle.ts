import { HOLD, type SchedulerKind } from './scheduler.js'
import type { ScheduleView } from './view.js'

/** The first idle partition by index, or HOLD. */
export function firstIdle(view: ScheduleView): number {
  for (let partition = 0; partition < view.partitions; partition++) {
    if (view.isIdle(partition)) return partition
  }
  return HOLD
}

export const firstIdleFirstServed: SchedulerKind = {
  name: 'fifs',
  title: 'first idle partition, first come first served',
  source: 'the baseline of PARIS and ELSA, arXiv 2202.13481',
  create: () => ({ name: 'fifs', decide: firstIdle }),
}
