import { cusOf, type Device, offeredCus } from '../device/device.js'
import type { Partition } from '../device/partition.js'
import { sum } from '../numbers.js'
import { modelRightSize } from '../profile/right-size.js'
import { windowOfCus } from './mask-windows.js'
import type { Policy } from './policy.js'
import { toleranceOf } from './right-sized.js'
import { wholeRequest } from './whole-request.js'

/** Gives each worker one partition of its model's right-size, placed where it overlaps least. */
export const modelWise: Policy = {
  name: 'model-wise',
  summary: 'one right-sized partition per worker',
  source: 'ECLIP (arXiv 2506.12598) section 5, Model-Wise; GSLICE (SoCC 2020)',
  plan: async (scenario, { parameters }) => {
    const { device } = scenario
    const { tolerance } = parameters
    const sizes = scenario.workers.map(({ profile }) =>
      modelRightSize(profile, offeredCus(device), toleranceOf(parameters)),
    )
    const placed = placeLeastOverlap(device, sizes)
    return wholeRequest(scenario, 'model-wise', { tolerance }, (w) => ({
      partition: placed[w],
      owner: w,
    }))
  },
}

/**
 * Places windows of the given sizes, largest first, each where the compute units already taken
 * weigh least. Ties go to the window of fewest compute units, then to the lowest granule.
 * @param sizes compute units by worker
 */
export function placeLeastOverlap(device: Device, sizes: readonly number[]): Partition[] {
  const count = device.granules.length
  const load = new Array<number>(count).fill(0)
  const placed: Partition[] = new Array(sizes.length)
  const order = sizes.map((_, w) => w).sort((a, b) => sizes[b] - sizes[a] || a - b)
  const overlap = (partition: Partition): number =>
    sum(partition.map((granule) => load[granule] * device.granules[granule].cus))
  for (const w of order) {
    const windows = Array.from({ length: count }, (_, start) =>
      windowOfCus(device, start, sizes[w]),
    )
    const best = windows.reduce((a, b) => (isBetter(b, a) ? b : a))
    placed[w] = best
    for (const granule of best) load[granule]++
  }
  return placed

  function isBetter(a: Partition, b: Partition): boolean {
    const more = overlap(a) - overlap(b)
    return more < 0 || (more === 0 && cusOf(device, a) < cusOf(device, b))
  }
}
