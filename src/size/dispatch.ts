import { type Device, totalCus } from '../device/device.js'
import { requestUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import type { Demand } from '../workload/demand.js'
import type { Colocation } from './colocation.js'
import { profileAt } from './kernel-run.js'

/**
 * The longer a launch takes alone, the longer its dispatch: with this power of its time. Fitted, with the devices'
 * `dispatchUs`, on the 15 profiles that say how long theirs takes (`node bench/dispatch.mjs`).
 */
const GROWTH = 0.25

/**
 * What varies from launch to launch: 120 µs of the mean are distributed exponentially, but no more than 0.6 of it.
 * Chosen between 0, 60 and 120 µs on demands that were served (docs/accuracy.md).
 */
const VARYING = { mostUs: 120, mostShare: 0.6 }

/**
 * From the decision to launch a batch of a model to its start on the device, and from its end to the answer: the mean
 * over launches, in µs.
 */
export function dispatchUs(demand: Demand, model: number, batch: number): number {
  const profile = profileAt(demand, model, batch)
  return profile.dispatchUs ?? guessedDispatchUs(profile, demand.device)
}

/** The mean for a profile that does not say it, by the latency of the launch alone on the whole device. */
export function guessedDispatchUs(profile: Profile, device: Device): number {
  const aloneMs = requestUs(profile, totalCus(device)) / 1000
  return (device.costs.dispatchUs ?? 0) * aloneMs ** GROWTH
}

/**
 * What the nth launch takes of a mean dispatch time. The golden ratio spreads the parts of all launches evenly, so that
 * even few of them have nearly the mean, and plans are compared by what they do and not by what was drawn.
 */
export function nthDispatchUs(meanUs: number, nth: number): number {
  const varyingUs = Math.min(VARYING.mostUs, VARYING.mostShare * meanUs)
  const part = (Math.imul(nth + 1, 0x9e3779b1) >>> 0) / 0x1_0000_0000
  return meanUs - varyingUs - varyingUs * Math.log(1 - part)
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
