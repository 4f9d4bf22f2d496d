import type { Random } from '../random.js'
import type { ScheduleView } from './view.js'

/** The decision to leave the request in the shared queue until a partition becomes idle. */
export const HOLD = -1

/**
 * One online scheduling policy. It sees the partitions, the queues and the time through a view, and
 * touches neither a clock nor a device, so that the simulator and a server make the same decisions.
 */
export interface Scheduler {
  /**
   * Where the request goes: a partition's index, or HOLD. Asked once when a request arrives, and
   * again for the head of the shared queue whenever a partition becomes idle.
   * @param batch samples in the request
   */
  decide(view: ScheduleView, batch: number): number
  /**
   * The most samples that one launch on the partition may combine. Without this method every
   * request gets a launch of its own.
   * @param headArrivalUs when the oldest request of the launch arrived
   */
  launchLimit?(view: ScheduleView, partition: number, headArrivalUs: number): number
}

/** How a scheduler is offered: its name, what it is, where it comes from, how to make one. */
export interface SchedulerKind {
  readonly name: string
  readonly title: string
  readonly source: string
  create(random: Random): Scheduler
}
