import { distinctAscending } from '../numbers.js'

/**
 * A set of granules of one device, as ascending unique granule indices. A *window* is a run of
 * consecutive granules that may wrap past the last one. Partitions are values and are never
 * mutated.
 */
export type Partition = readonly number[]

/** The partition of the given granules, which may be in any order and repeated. */
export function partitionOf(granules: Iterable<number>): Partition {
  return distinctAscending(granules)
}

/** `length` consecutive granules from `start`, wrapping around a device of `granuleCount`. */
export function windowOf(start: number, length: number, granuleCount: number): Partition {
  const wrapped = Array.from(
    { length: Math.min(length, granuleCount) },
    (_, i) => (((start + i) % granuleCount) + granuleCount) % granuleCount,
  )
  return partitionOf(wrapped)
}

export function union(a: Partition, b: Partition): Partition {
  return partitionOf([...a, ...b])
}

export function intersection(a: Partition, b: Partition): Partition {
  return a.filter((granule) => contains(b, granule))
}

export function difference(a: Partition, b: Partition): Partition {
  return a.filter((granule) => !contains(b, granule))
}

export function contains(partition: Partition, granule: number): boolean {
  return partition.includes(granule)
}

export function isSubsetOf(a: Partition, b: Partition): boolean {
  return a.every((granule) => contains(b, granule))
}

export function overlaps(a: Partition, b: Partition): boolean {
  return a.some((granule) => contains(b, granule))
}

export function equals(a: Partition, b: Partition): boolean {
  return a.length === b.length && a.every((granule, i) => granule === b[i])
}

/** A compact rendering of a partition: `0-3,8,15`. */
export function formatPartition(partition: Partition): string {
  const runs: string[] = []
  for (let i = 0; i < partition.length; ) {
    let j = i
    while (partition[j + 1] === partition[j] + 1) j++
    runs.push(i === j ? `${partition[i]}` : `${partition[i]}-${partition[j]}`)
    i = j + 1
  }
  return runs.join(',')
}
