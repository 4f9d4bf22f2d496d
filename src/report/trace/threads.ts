import { distinctAscending } from '../../numbers.js'
import type { KernelSpan } from '../../simulate/result.js'
import type { Scenario } from '../../workload/scenario.js'

/** A span, and the lane of its worker in which it runs: 0 unless kernels run side by side. */
export interface LanedSpan extends KernelSpan {
  readonly lane: number
}

/** What events need to know about their run. */
export interface Drawing {
  readonly scenario: Scenario
  /** Thread number by label. */
  readonly threads: ReadonlyMap<string, number>
  readonly pid: number
}

/** Single granules are only shown at the start of a run, because they multiply the number of slices by ten. */
const GRANULES_US = 1000

/** Whether the granules of a span get slices of their own. */
export function showsGranules({ startUs }: KernelSpan): boolean {
  return startUs < GRANULES_US
}

/**
 * Deals the spans of one worker, which ascend by start, to as few lanes as
 * possible, so that none overlap in a lane.
 */
export function inLanes(spans: readonly KernelSpan[]): LanedSpan[] {
  const sorted = [...spans].sort((a, b) => a.startUs - b.startUs)
  const endsUs: number[] = []
  return sorted.map((span) => {
    const free = endsUs.findIndex((endUs) => endUs <= span.startUs)
    const lane = free >= 0 ? free : endsUs.length
    endsUs[lane] = span.endUs
    return { ...span, lane }
  })
}

/** Numbers the threads of a run in the order in which they are shown: first workers, then granules. */
export function threadIds(
  { device, workers }: Scenario,
  spans: readonly LanedSpan[],
): Map<string, number> {
  const used = new Set(
    spans.flatMap((span) => {
      const { name } = workers[span.worker]
      const granules = showsGranules(span) ? span.granules : []
      return [
        kernelThread(name, span.lane),
        ...granules.map((granule) => granuleThread(granule, name, span.lane)),
      ]
    }),
  )
  const lanes = distinctAscending(spans.map(({ lane }) => lane))
  const perWorker = workers.flatMap(({ name }) => [
    requestThread(name),
    ...lanes.map((lane) => kernelThread(name, lane)).filter((label) => used.has(label)),
  ])
  const perGranule = device.granules.flatMap((_, granule) =>
    workers.flatMap(({ name }) =>
      lanes.map((lane) => granuleThread(granule, name, lane)).filter((label) => used.has(label)),
    ),
  )
  return new Map([...perWorker, ...perGranule].map((label, i) => [label, i + 1]))
}

export function requestThread(worker: string): string {
  return `${worker} requests`
}

export function kernelThread(worker: string, lane: number): string {
  return lane === 0 ? `${worker} kernels` : `${worker} kernels, lane ${lane + 1}`
}

export function granuleThread(granule: number, worker: string, lane: number): string {
  return lane === 0
    ? `granule ${granule}: ${worker}`
    : `granule ${granule}: ${worker}, lane ${lane + 1}`
}
