import { sum } from '../../numbers.js'
import type { KernelCost } from './kernel-cost.js'

/**
 * From this load of the device on, a worker holds up the launches of others fully. Beside spinning
 * kernels of one block, which load the device hardly at all, launches are hardly delayed.
 */
const DISTURBING_LOAD = 1 / 8
/**
 * A worker also needs this many kernels per µs to hold up launches fully: in the held-out mixes of
 * the H200, models with few long kernels hardly disturbed others.
 */
const DISTURBING_RATE = 1 / 10

/**
 * How much a worker's kernels hold up the launches of others, 0..1: little if they are rare or load
 * the device lightly.
 * @param costs the kernels of a request
 * @param cus compute units of the device
 */
export function activityOf(costs: readonly KernelCost[], cus: number): number {
  const workCuUs = sum(costs.map(({ blocks, blockWorkCuUs }) => blocks * blockWorkCuUs))
  const timeUs = sum(costs.map(({ durationUs }) => durationUs))
  const load = workCuUs / timeUs / cus
  const rate = costs.length / timeUs
  return Math.min(1, load / DISTURBING_LOAD) * Math.min(1, rate / DISTURBING_RATE)
}
