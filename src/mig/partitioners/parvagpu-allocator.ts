import { sum } from '../../numbers.js'
import type { PartitionableGpu, PartitionProfile } from '../gpu.js'
import { isLegal, layoutOf, type Placement } from '../layout.js'

/** A segment in ParvaGPU's sense: an instance with a number of processes, at its best batch. */
export interface ServingSegment {
  readonly profile: PartitionProfile
  readonly processes: number
  readonly samplesPerUs: number
}

/** A segment with its start on some GPU. */
export interface PlacedSegment extends Placement {
  readonly segment: ServingSegment
}

/** The order in which ParvaGPU tries starts on a GPU of seven slices, by slices of the instance. */
const PREFERRED_STARTS: Readonly<Record<number, readonly number[]>> = {
  7: [0],
  4: [0],
  3: [4],
  2: [0, 4, 2],
  1: [0, 6, 4, 1, 2, 3, 5],
}

/** A GPU on which at most this many slices are used is broken up, to fill the holes of others. */
const MOST_TO_BREAK_UP = 4

/**
 * Places segments, largest first, each where it leaves the fewest slices, on as many GPUs as that
 * takes. Then GPUs that are hardly used are broken up, starting with the last: what their segments
 * carry goes to segments of the smallest two sizes, which fit into the holes of other GPUs.
 * @param fillers the best segments of one and of two slices, if these sizes serve the target
 * @returns the segments of each GPU; empty GPUs at the end are left out
 */
export function allocate(
  gpu: PartitionableGpu,
  segments: readonly ServingSegment[],
  fillers: Fillers,
): PlacedSegment[][] {
  const placed: PlacedSegment[][] = []
  const bySize = segments.toSorted((a, b) => slicesOf(b) - slicesOf(a))
  for (const segment of bySize) place(gpu, placed, segment)
  if (gpu.mixing === 'free') breakUp(gpu, placed, fillers)
  return placed.slice(0, placed.findLastIndex((held) => held.length > 0) + 1)
}

export interface Fillers {
  readonly one?: ServingSegment | undefined
  readonly two?: ServingSegment | undefined
}

function slicesOf({ profile }: { readonly profile: PartitionProfile }): number {
  return profile.computeSlices
}

function place(gpu: PartitionableGpu, placed: PlacedSegment[][], segment: ServingSegment): void {
  const free = placed.map((held) => gpu.computeSlices - sum(held.map(slicesOf)))
  let best = placed.length
  for (let g = 0; g < placed.length; g++) {
    if (startOn(gpu, placed[g], segment) === undefined) continue
    if (best === placed.length || free[g] < free[best]) best = g
  }
  if (best === placed.length) placed.push([])
  const start = startOn(gpu, placed[best], segment)!
  placed[best].push({ profile: segment.profile, start, segment })
}

/** The first start in ParvaGPU's order that is legal beside what is already on the GPU. */
function startOn(
  gpu: PartitionableGpu,
  held: readonly PlacedSegment[],
  { profile }: ServingSegment,
): number | undefined {
  const preferred = gpu.computeSlices === 7 ? PREFERRED_STARTS[profile.computeSlices] : undefined
  return (preferred ?? profile.starts).find((start) =>
    isLegal(gpu, layoutOf([...held, { profile, start }])),
  )
}

function breakUp(gpu: PartitionableGpu, placed: PlacedSegment[][], fillers: Fillers): void {
  // Whatever several segments leave over between whole fillers must not be given twice.
  let owed = 0
  for (let g = placed.length - 1; g >= 0; g--) {
    if (sum(placed[g].map(slicesOf)) > MOST_TO_BREAK_UP) continue
    for (const one of [...placed[g]]) {
      const instead = fill(owed + one.segment.samplesPerUs, fillers)
      if (instead.length === 0) continue
      placed[g].splice(placed[g].indexOf(one), 1)
      owed += one.segment.samplesPerUs - sum(instead.map(({ samplesPerUs }) => samplesPerUs))
      for (const segment of instead) place(gpu, placed, segment)
    }
  }
}

/** Fillers that carry `samplesPerUs`, with two slices each if those carry more per slice. */
function fill(samplesPerUs: number, { one, two }: Fillers): ServingSegment[] {
  const times = (segment: ServingSegment, count: number): ServingSegment[] =>
    Array<ServingSegment>(Math.max(0, count)).fill(segment)
  if (two === undefined) {
    return one === undefined ? [] : times(one, Math.ceil(samplesPerUs / one.samplesPerUs))
  }
  if (one === undefined) return times(two, Math.ceil(samplesPerUs / two.samplesPerUs))
  if (two.samplesPerUs / 2 <= one.samplesPerUs) {
    return times(one, Math.ceil(samplesPerUs / one.samplesPerUs))
  }
  const twos = Math.floor(samplesPerUs / two.samplesPerUs)
  const rest = samplesPerUs - twos * two.samplesPerUs
  return [...times(two, twos), ...times(one, Math.ceil(rest / one.samplesPerUs))]
}
