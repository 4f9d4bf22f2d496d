import { type PartitionProfile, standardProfiles } from '../gpu.js'
import type { LatencyModel } from '../latency-model.js'
import { layoutOf } from '../layout.js'
import {
  CONTENTION_PER_SHARE,
  type GpuPartition,
  type Partitioner,
  type Partitioning,
  type PartitionProblem,
} from './partitioner.js'
import { allocate, type PlacedSegment, type ServingSegment } from './parvagpu-allocator.js'

/**
 * Share of the target that a launch may take: half is left for queueing, and a tenth of the rest
 * for safety.
 */
const LATENCY_SHARE = 0.45

/** The most MPS processes inside one instance. */
const MOST_PROCESSES = 3

/**
 * ParvaGPU. For each instance size it finds the batch and the number of MPS processes with the most
 * throughput among those that take less than 0.45 of the target. The best size is the one with the
 * most throughput per slice. A rate gets as many of the best segments as it fills, and for the
 * remainder one segment of the smallest size that carries it; `parvagpu-allocator.ts` places them.
 * ParvaGPU asks how many GPUs a rate needs; here the GPUs are given, so we take the highest rate
 * that fits on them.
 */
export const parvagpu: Partitioner = {
  name: 'parvagpu',
  title: 'the instance size with the best throughput per GPC within 0.45 of the target',
  source: 'Lee et al., SC 2024; rules, thresholds and starts from its published code',
  async partition(problem) {
    const segments = bestSegments(problem)
    if (segments.length === 0) {
      return [
        { name: 'parvagpu', reason: 'no instance runs a batch of 1 within 0.45 of the target' },
      ]
    }
    return [partitioningOf(problem, fittingSegments(problem, segments))]
  },
}

/** The best segment of each instance size that serves the target, from small to large. */
export function bestSegments({ gpu, latency, slaUs }: PartitionProblem): ServingSegment[] {
  return standardProfiles(gpu).flatMap((profile) => bestSegment(profile, latency, slaUs))
}

function bestSegment(
  profile: PartitionProfile,
  latency: LatencyModel,
  slaUs: number,
): ServingSegment[] {
  let best: ServingSegment | undefined
  for (let processes = 1; processes <= MOST_PROCESSES; processes++) {
    const { cus, slowdown } = shareOf(profile, processes)
    for (let batch = 1; batch <= latency.maxBatch; batch++) {
      const us = latency.latencyUs(cus, batch) * slowdown
      const samplesPerUs = (processes * batch) / us
      if (us >= LATENCY_SHARE * slaUs || samplesPerUs <= (best?.samplesPerUs ?? 0)) continue
      best = { profile, processes, samplesPerUs }
    }
  }
  return best === undefined ? [] : [best]
}

/**
 * What each of several processes in an instance gets. ParvaGPU measures this. The latency tables
 * are for single processes, so each process is assumed to have its share of the units and to be
 * slowed by the others in the same way as soft shares.
 */
function shareOf({ cus }: PartitionProfile, processes: number) {
  return {
    cus: Math.max(1, Math.floor(cus / processes)),
    slowdown: 1 + CONTENTION_PER_SHARE * (1 - 1 / processes),
  }
}

/**
 * The segments that a rate gets: the best ones while it fills them, then the smallest one that
 * carries the rest. If a rate fills its segments exactly, the last one is its remainder.
 * @param segments the best segment of each size, from small to large
 */
export function segmentsFor(
  samplesPerUs: number,
  segments: readonly ServingSegment[],
): ServingSegment[] {
  const perSlice = ({ samplesPerUs, profile }: ServingSegment): number =>
    samplesPerUs / profile.computeSlices
  const best = segments.reduce((a, b) => (perSlice(b) > perSlice(a) ? b : a))
  const count = Math.max(0, Math.ceil(samplesPerUs / best.samplesPerUs) - 1)
  const rest = samplesPerUs - count * best.samplesPerUs
  const last = segments.find((segment) => segment.samplesPerUs >= rest) ?? best
  return [...Array<ServingSegment>(count).fill(best), last]
}

/**
 * The placement of the highest rate that fits on the GPUs. It is found by bisection, since a higher
 * rate never fits better.
 */
function fittingSegments(
  { gpu, gpus }: PartitionProblem,
  segments: readonly ServingSegment[],
): PlacedSegment[][] {
  const [one, two] = [1, 2].map((slices) =>
    segments.find(({ profile }) => profile.computeSlices === slices),
  )
  const placedFor = (rate: number): PlacedSegment[][] =>
    allocate(gpu, segmentsFor(rate, segments), { one, two })
  const least = Math.min(...segments.map(({ samplesPerUs }) => samplesPerUs))
  const most = Math.max(
    ...segments.map(({ samplesPerUs, profile }) => samplesPerUs / profile.computeSlices),
  )
  let low = least
  let high = 2 * most * gpus * gpu.computeSlices
  while (high - low > least / 8) {
    const middle = (low + high) / 2
    if (placedFor(middle).length <= gpus) low = middle
    else high = middle
  }
  return placedFor(low)
}

function partitioningOf(
  { gpus }: PartitionProblem,
  placed: readonly (readonly PlacedSegment[])[],
): Partitioning {
  const partitions = placed.flatMap((held, gpu) =>
    held.flatMap(({ segment }) => processesOf(segment, gpu)),
  )
  const layouts = Array.from({ length: gpus }, (_, gpu) => layoutOf(placed[gpu] ?? []))
  return { name: 'parvagpu', kind: 'hardware', partitions, layouts }
}

function processesOf({ profile, processes }: ServingSegment, gpu: number): GpuPartition[] {
  const name = processes === 1 ? profile.name : `${profile.name}/${processes}`
  return Array.from({ length: processes }, () => ({ gpu, name, ...shareOf(profile, processes) }))
}
