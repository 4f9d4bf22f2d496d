import { type PartitionableGpu, type PartitionProfile, standardProfiles } from './gpu.js'
import { isLegal, type Layout, layoutKey, layoutOf, type Placement } from './layout.js'

/**
 * Every legal layout to which no further instance of the profiles can be added. NVIDIA's figure
 * counts the 19 layouts of an A100 in the same way: it uses only standard profiles, distinguishes
 * placements (2g+1g+1g is not 1g+1g+2g) and leaves out layouts that have room left. The layouts of
 * a uniform GPU are its modes.
 * @param profiles the standard ones unless given
 */
export function maximalLayouts(
  gpu: PartitionableGpu,
  profiles: readonly PartitionProfile[] = standardProfiles(gpu),
): Layout[] {
  const candidates: Placement[] = profiles.flatMap((profile) =>
    profile.starts.map((start) => ({ profile, start })),
  )
  const found = new Map<string, Layout>()
  const extend = (layout: Layout, from: number): void => {
    for (let i = from; i < candidates.length; i++) {
      const larger = layoutOf([...layout, candidates[i]])
      if (isLegal(gpu, larger)) extend(larger, i + 1)
    }
    if (isMaximal(gpu, layout, candidates)) found.set(layoutKey(layout), layout)
  }
  extend([], 0)
  return [...found.values()].sort(byLargestFirst)
}

/**
 * One layout for each combination of instances, for uses in which their placement does not matter.
 */
export function distinctLayouts(layouts: readonly Layout[]): Layout[] {
  const found = new Map<string, Layout>()
  for (const layout of layouts) {
    const key = layout
      .map(({ profile }) => profile.name)
      .sort()
      .join(' ')
    if (!found.has(key)) found.set(key, layout)
  }
  return [...found.values()]
}

function isMaximal(
  gpu: PartitionableGpu,
  layout: Layout,
  candidates: readonly Placement[],
): boolean {
  return candidates.every((candidate) => !isLegal(gpu, layoutOf([...layout, candidate])))
}

function byLargestFirst(a: Layout, b: Layout): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = b[i].profile.computeSlices - a[i].profile.computeSlices
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
