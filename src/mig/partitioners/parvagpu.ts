import { maximalLayouts } from '../enumerate.js'
import { type PartitionableGpu, type PartitionProfile, standardProfiles } from '../gpu.js'
import type { LatencyModel } from '../latency-model.js'
import { isLegal, type Layout, layoutOf } from '../layout.js'
import { hardwarePartitioning, type Partitioner } from './partitioner.js'

/**
 * Share of the target that a launch may take: half is left for queueing, and a tenth of the rest
 * for safety.
 */
const LATENCY_SHARE = 0.45

/** The order in which ParvaGPU tries starts, by compute slices of the instance. */
const PREFERRED_STARTS: Readonly<Record<number, readonly number[]>> = {
  7: [0],
  4: [0],
  3: [4, 0],
  2: [0, 4, 2],
  1: [0, 6, 4, 1, 2, 3, 5],
}

/** Profile and samples per µs at its best batch. */
interface Point {
  readonly profile: PartitionProfile
  readonly samplesPerUs: number
}

/**
 * ParvaGPU takes the instance size and batch with the best throughput per GPC among those that take
 * less than 0.45 of the target, and places as many of them as fit at its preferred starts. What is
 * left of a GPU goes to smaller sizes that meet the target too. ParvaGPU also runs up to three MPS
 * processes inside an instance; that is left out here, because the tables hold one process.
 */
export const parvagpu: Partitioner = {
  name: 'parvagpu',
  title: 'the instance size with the best throughput per GPC within 0.45 of the target',
  source: 'Lee et al., SC 2024; thresholds and starts from its published code',
  async partition({ gpu, gpus, latency, slaUs }) {
    const points = standardProfiles(gpu).flatMap((profile) => pointOf(profile, latency, slaUs))
    if (points.length === 0) {
      return [
        { name: 'parvagpu', reason: 'no instance runs a batch of 1 within 0.45 of the target' },
      ]
    }
    const perSlice = (point: Point): number => point.samplesPerUs / point.profile.computeSlices
    const best = points.reduce((a, b) => (perSlice(b) > perSlice(a) ? b : a))
    const smaller = points
      .filter(({ profile }) => profile.computeSlices < best.profile.computeSlices)
      .sort((a, b) => b.profile.computeSlices - a.profile.computeSlices)
    const layout = fill(gpu, [best, ...smaller])
    return [hardwarePartitioning('parvagpu', Array<Layout>(gpus).fill(layout))]
  },
}

function pointOf(profile: PartitionProfile, latency: LatencyModel, slaUs: number): Point[] {
  let samplesPerUs = 0
  for (let batch = 1; batch <= latency.maxBatch; batch++) {
    const us = latency.latencyUs(profile.cus, batch)
    if (us < LATENCY_SHARE * slaUs) samplesPerUs = Math.max(samplesPerUs, batch / us)
  }
  return samplesPerUs > 0 ? [{ profile, samplesPerUs }] : []
}

function fill(gpu: PartitionableGpu, points: readonly Point[]): Layout {
  if (gpu.mixing === 'uniform') return maximalLayouts(gpu, [points[0].profile])[0]
  let layout: Layout = []
  for (const { profile } of points) {
    const preferred = PREFERRED_STARTS[profile.computeSlices] ?? []
    const starts = [...new Set([...preferred, ...profile.starts])]
    for (const start of starts) {
      const larger = layoutOf([...layout, { profile, start }])
      if (isLegal(gpu, larger)) layout = larger
    }
  }
  return layout
}
