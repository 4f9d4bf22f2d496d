import { firstIdle } from './first-idle.js'
import type { SchedulerKind } from './scheduler.js'
import type { ScheduleView } from './view.js'

/**
 * The most samples that a launch on the partition may hold so that its oldest request, which
 * arrived at `headUs`, still meets the target. If the target is lost anyway, the launch may be as
 * large as the table allows, because throughput is all that is left to gain.
 */
export function deadlineLimit(view: ScheduleView, partition: number, headUs: number): number {
  const budgetUs = view.slaUs - (view.nowUs - headUs)
  const { maxBatch } = view.table
  if (view.estimateUs(partition, 1) > budgetUs) return maxBatch
  let low = 1
  let high = maxBatch
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (view.estimateUs(partition, middle) <= budgetUs) low = middle
    else high = middle - 1
  }
  return low
}

export const batching: SchedulerKind = {
  name: 'batching',
  title: 'largest idle partition takes as many waiting requests as its oldest one can afford',
  source: 'adaptive batching as in Clipper (NSDI 2017) and Triton; no delay is added',
  create: () => ({ decide: firstIdle, launchLimit: deadlineLimit }),
}
