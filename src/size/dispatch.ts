import type { Demand } from '../workload/demand.js'
import { profileAt } from './kernel-run.js'

/** From the decision to launch a batch of a model to its start on the device, and from its end to the answer, in µs. */
export function dispatchUs(demand: Demand, model: number, batch: number): number {
  return profileAt(demand, model, batch).dispatchUs ?? demand.device.costs.dispatchUs ?? 0
}
