import type { Device } from '../device/device.js'
import { type Partition, windowOf } from '../device/partition.js'
import type { Policy } from './policy.js'
import { wholeRequest } from './whole-request.js'

/** Disjoint shares of the device, one per worker, with nearly equal numbers of compute units. */
export const equal: Policy = {
  name: 'equal',
  summary: 'disjoint equal shares',
  source: 'KRISP (HPCA 2023) section 6, Static Equal',
  plan: async (scenario) => {
    const shares = equalShares(scenario.device, scenario.workers.length)
    return wholeRequest(scenario, 'equal', {}, (w) => ({ partition: shares[w], owner: w }))
  },
}

/**
 * Cuts the granules into consecutive runs, one per worker, that minimise the sum of squared compute
 * units: runs of unequal granules cannot be more even. With more workers than granules, granules
 * are dealt to the workers in turn, and workers with the same granule share it.
 */
export function equalShares(device: Device, workers: number): Partition[] {
  const { granules } = device
  const count = granules.length
  if (workers > count) {
    return Array.from({ length: workers }, (_, w) => [Math.floor((w * count) / workers)])
  }
  const upTo = [0]
  for (const { cus } of granules) upTo.push(upTo[upTo.length - 1] + cus)
  const square = (from: number, to: number): number => (upTo[to] - upTo[from]) ** 2
  let least = Array.from({ length: count + 1 }, (_, end) => (end === 0 ? 0 : Infinity))
  const cuts: number[][] = []
  for (let w = 0; w < workers; w++) {
    const next: number[] = new Array(count + 1).fill(Infinity)
    const cut: number[] = new Array(count + 1).fill(0)
    for (let end = w + 1; end <= count; end++) {
      for (let from = w; from < end; from++) {
        const value = least[from] + square(from, end)
        if (value >= next[end]) continue
        next[end] = value
        cut[end] = from
      }
    }
    least = next
    cuts.push(cut)
  }
  const shares: Partition[] = []
  for (let w = workers - 1, end = count; w >= 0; w--) {
    const from = cuts[w][end]
    shares.unshift(windowOf(from, end - from, count))
    end = from
  }
  return shares
}
