import type { Demand } from '../workload/demand.js'
import type { Colocation } from './colocation.js'
import { profileAt } from './kernel-run.js'

/** From the decision to launch a batch of a model to its start on the device, and from its end to the answer, in µs. */
export function dispatchUs(demand: Demand, model: number, batch: number): number {
  return profileAt(demand, model, batch).dispatchUs ?? demand.device.costs.dispatchUs ?? 0
}

/** Times in ms that a plan expects of launches, dispatch included, beside up to `atOnce` that run at a time. */
export function expectedMs(
  demand: Demand,
  colocation: Colocation,
  model: number,
  batch: number,
  atOnce: number,
): number[] {
  const dispatchMs = dispatchUs(demand, model, batch) / 1000
  return colocation.launchMs(model, batch, atOnce).map((ms) => ms + dispatchMs)
}
