import { granuleCus } from '../device/granule-layout.js'
import { formatPartition } from '../device/partition.js'
import { sum } from '../numbers.js'
import { plural } from '../plural.js'
import { isPlaced, isPooled, isShare, type Plan, type PoolEntry } from './plan.js'

/** Compute units of a plan's pool entry; NaN if the fingerprint does not include the layout. */
export function entryCus(plan: Plan, entry: PoolEntry): number {
  if (!isPooled(entry)) return entry.cus
  const cus = granuleCus(plan.device.fingerprint)
  return sum(entry.granules.map((granule) => cus[granule] ?? Number.NaN))
}

/** A pool entry in words: `granules 0-7 (64 CUs)`, `53 CUs at a time` or `24 CUs placed at dispatch`. */
export function describeEntry(plan: Plan, entry: PoolEntry): string {
  if (isShare(entry)) return `${cusText(entry.cus)} at a time`
  if (isPlaced(entry)) {
    const alone = entry.overlap === 'none' ? ', where no other kernel is' : ''
    return `${cusText(entry.cus)} placed at dispatch${alone}`
  }
  const cus = entryCus(plan, entry)
  const size = Number.isNaN(cus) ? '' : ` (${cusText(cus)})`
  const { memoryShare } = entry
  const memory = memoryShare === undefined ? '' : ` with ${memoryShare} of the memory bandwidth`
  return `granules ${formatPartition(entry.granules)}${size}${memory}`
}

function cusText(cus: number): string {
  return plural(cus, 'CU')
}
