import type { Demand } from '../workload/demand.js'
import { profileAt } from './kernel-run.js'

/**
 * Time in µs from the decision to launch a batch to its start on the device, plus the time from its
 * end to the answer.
 */
export function dispatchUs(demand: Demand, model: number, batch: number): number {
  return profileAt(demand, model, batch).dispatchUs ?? demand.device.costs.dispatchUs ?? 0
}
