import type { Random } from '../../random.js'
import type { ScheduleView } from './view.js'

/** The decision to leave the request in the shared queue until a partition becomes idle. */
export const HOLD = -1

/**
 * One online scheduling policy. It sees the partitions, the queues and the time through a view. It
 * touches neither a clock nor a device, so the simulator and a server make the same decisions.
 */
export interface Scheduler {
  /**
   * Returns where the request goes: a partition's index, or HOLD. The core asks once when a request
   * arrives, and again for the head of the shared queue whenever a partition becomes idle.
   * @param batch samples in the request
   */
  decide(view: ScheduleView, batch: number): number
  /**
   * The most samples that one launch on the partition may combine. Without this method every
   * request gets its own launch.
   * @param headArrivalUs when the oldest request of the launch arrived
   */
  launchLimit?(view: ScheduleView, partition: number, headArrivalUs: number): number
}

/**
 * How a scheduler is listed: its name, a description, its source, and a function that makes one.
 */
export interface SchedulerKind {
  readonly name: string
  readonly title: string
  readonly source: string
  create(random: Random): Scheduler
}
