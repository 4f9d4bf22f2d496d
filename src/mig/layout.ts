import { countsOf, sum } from '../numbers.js'
import type { PartitionableGpu, PartitionProfile } from './gpu.js'

/** One GPU instance: a profile at a start. */
export interface Placement {
  readonly profile: PartitionProfile
  /** First memory slice. */
  readonly start: number
}

/** The instances of one GPU, by ascending start. Layouts are never changed, only replaced. */
export type Layout = readonly Placement[]

export function layoutOf(placements: Iterable<Placement>): Layout {
  return [...placements].sort((a, b) => a.start - b.start)
}

/** True when two instances would share a memory slice. */
function overlap(a: Placement, b: Placement): boolean {
  return a.start < b.start + b.profile.memorySlices && b.start < a.start + a.profile.memorySlices
}

/** A key that is equal for equal layouts: `3g.71gb@0 2g.35gb@4`. */
export function layoutKey(layout: Layout): string {
  return layout.map(({ profile, start }) => `${profile.name}@${start}`).join(' ')
}

/** Compute units of all instances. */
export function layoutCus(layout: Layout): number {
  return sum(layout.map(({ profile }) => profile.cus))
}

/** Number of instances of each profile, by the profile's name. */
export function countProfiles(layout: Layout): Map<string, number> {
  return countsOf(layout.map(({ profile }) => profile.name))
}

/**
 * True when the hardware accepts the layout: every profile allows its start, no two instances share
 * a memory slice, there are enough compute slices, no profile exceeds its limit, and a uniform GPU
 * has only one profile.
 */
export function isLegal(gpu: PartitionableGpu, layout: Layout): boolean {
  for (const { profile, start } of layout) {
    if (!gpu.profiles.includes(profile) || !profile.starts.includes(start)) return false
  }
  const counts = countsOf(layout.map(({ profile }) => profile))
  for (const [profile, count] of counts) if (count > profile.limit) return false
  if (gpu.mixing === 'uniform' && counts.size > 1) return false
  if (sum(layout.map(({ profile }) => profile.computeSlices)) > gpu.computeSlices) return false
  return layout.every((a, i) => layout.every((b, j) => i === j || !overlap(a, b)))
}
