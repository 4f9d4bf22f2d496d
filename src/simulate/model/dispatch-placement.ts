import { clusters, cusOf, type Device } from '../../device/device.js'
import type { Partition } from '../../device/partition.js'
import { sum } from '../../numbers.js'

/**
 * Chooses granules for a kernel when it is dispatched.
 * @param holders how many lanes hold each granule
 * @param cus compute units that the kernel should get
 */
export type ChooseGranules = (holders: ArrayLike<number>, cus: number) => Partition

/**
 * KRISP's "conserved" placement on a device: the fewest clusters that together hold `cus` compute
 * units, preferring the least loaded; within them, the least loaded granules, spread evenly over
 * the clusters.
 */
export function conservedPlacement(device: Device): ChooseGranules {
  const groups = clusters(device)
  const groupCus = groups.map((granules) => cusOf(device, granules))
  const descendingCus = groupCus.toSorted((a, b) => b - a)
  return (holders, cus) => {
    const load = groups.map((granules) => meanHolders(granules, holders))
    const byLoad = [...groups.keys()].sort((a, b) => load[a] - load[b])
    const chosen = byLoad.splice(0, countToHold(descendingCus, cus))
    while (byLoad.length > 0 && sum(chosen.map((g) => groupCus[g])) < cus) {
      chosen.push(byLoad.shift()!)
    }
    const leastHeldFirst = chosen.map((g) =>
      groups[g].toSorted((a, b) => holders[a] - holders[b] || a - b),
    )
    return dealt(device, leastHeldFirst, cus)
  }
}

/**
 * The same, restricted to granules that nobody holds: the fewest clusters whose free granules
 * together hold `cus` compute units. If fewer are free, it takes those; if none is free, the
 * granule with the fewest holders.
 */
export function isolatedPlacement(device: Device): ChooseGranules {
  const groups = clusters(device)
  return (holders, cus) => {
    const free = groups
      .map((granules) => granules.filter((g) => holders[g] === 0))
      .sort((a, b) => cusOf(device, b) - cusOf(device, a))
    const fewest = countToHold(
      free.map((granules) => cusOf(device, granules)),
      cus,
    )
    const placed = dealt(device, free.slice(0, fewest), cus)
    return placed.length > 0 ? placed : [leastHeld(holders)]
  }
}

function meanHolders(granules: Partition, holders: ArrayLike<number>): number {
  let total = 0
  for (const granule of granules) total += holders[granule]
  return total / granules.length
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
