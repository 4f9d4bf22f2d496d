import { formatPartition } from '../device/partition.js'
import { sum } from '../numbers.js'
import { isPlaced, isPooled, isShare, type Plan, type PoolEntry } from './plan.js'

/** Compute units of each granule, from the layout in a device fingerprint (`...:15x8+1x12`). */
export function granuleCus(fingerprint: string): number[] {
  const layout = fingerprint.slice(fingerprint.lastIndexOf(':') + 1)
  const runs = [...layout.matchAll(/(\d+)x(\d+)/g)]
  return runs.flatMap(([, count, cus]) => new Array<number>(Number(count)).fill(Number(cus)))
}

/** Compute units of a pool entry of a plan; NaN if the fingerprint does not give the layout. */
export function entryCus(plan: Plan, entry: PoolEntry): number {
  if (!isPooled(entry)) return entry.cus
  const cus = granuleCus(plan.device.fingerprint)
  return sum(entry.granules.map((granule) => cus[granule] ?? Number.NaN))
}

/** A pool entry in words: `granules 0-7 (64 CUs)`, `53 CUs at a time` or `24 CUs placed at dispatch`. */
export function describeEntry(plan: Plan, entry: PoolEntry): string {
  if (isShare(entry)) return `${entry.cus} CUs at a time`
  if (isPlaced(entry)) return `${entry.cus} CUs placed at dispatch`
  const cus = entryCus(plan, entry)
  const size = Number.isNaN(cus) ? '' : ` (${cus} CUs)`
  return `granules ${formatPartition(entry.granules)}${size}`
}
