import { clusters, cusOf, type Device } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'
import { sum } from '../../numbers.js'

/**
 * KRISP's "conserved" placement: the fewest clusters that hold `cus` compute units, the least
 * loaded ones; inside them the least loaded granules, spread evenly over the clusters.
 * @param holders workers that hold each granule
 */
export function conservedPlacement(
  device: Device,
  holders: ArrayLike<number>,
  cus: number,
): Partition {
  const groups = clusters(device).map((granules) => ({
    granules: [...granules].sort((a, b) => holders[a] - holders[b] || a - b),
    cus: sum(granules.map((g) => device.granules[g].cus)),
    held: sum(granules.map((g) => holders[g])) / granules.length,
  }))
  const byLoad = [...groups].sort((a, b) => a.held - b.held)
  const fewest = countToHold(
    [...groups].map((g) => g.cus).sort((a, b) => b - a),
    cus,
  )
  const chosen = byLoad.slice(0, fewest)
  while (sum(chosen.map((g) => g.cus)) < cus && chosen.length < byLoad.length) {
    chosen.push(byLoad[chosen.length])
  }
  return dealt(
    device,
    chosen.map((g) => g.granules),
    cus,
  )
}

/**
 * The same among the granules that nobody holds: the fewest clusters whose free granules hold `cus`
 * compute units. Where fewer are free, those; where none is, the granule that the fewest hold.
 */
export function isolatedPlacement(
  device: Device,
  holders: ArrayLike<number>,
  cus: number,
): Partition {
  const free = clusters(device)
    .map((granules) => granules.filter((g) => holders[g] === 0))
    .sort((a, b) => cusOf(device, b) - cusOf(device, a))
  const fewest = countToHold(
    free.map((granules) => cusOf(device, granules)),
    cus,
  )
  const placed = dealt(device, free.slice(0, fewest), cus)
  return placed.length > 0 ? placed : [leastHeld(holders)]
}

function leastHeld(holders: ArrayLike<number>): number {
  const counts = Array.from(holders)
  return counts.indexOf(Math.min(...counts))
}

function countToHold(descendingCus: readonly number[], cus: number): number {
  let held = 0
  let count = 0
  while (count < descendingCus.length && held < cus) held += descendingCus[count++]
  return count
}

/** Deals granules from the clusters in turn until `cus` compute units are held. */
function dealt(device: Device, clusterGranules: readonly Partition[], cus: number): Partition {
  const taken: number[] = []
  let held = 0
  for (let round = 0; held < cus; round++) {
    const before = taken.length
    for (const granules of clusterGranules) {
      if (held >= cus || round >= granules.length) continue
      taken.push(granules[round])
      held += device.granules[granules[round]].cus
    }
    if (taken.length === before) break
  }
  return taken.sort((a, b) => a - b)
}
