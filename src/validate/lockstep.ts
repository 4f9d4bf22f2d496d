import type { Point, PointWorker } from './points.js'

/** Rates closer than this, or than this to a multiple, are not equal by chance. */
const TOLERANCE = 0.0015
const MULTIPLES = [1, 2]

/**
 * Whether workers of a measured point advanced in step: one finished exactly as many requests as
 * another that runs something else, or twice as many, while kernels switched partitions. The
 * hardware then served their streams through one queue, which depends on all that the measuring
 * process had created, not on the plan alone; the simulator does not model it.
 */
export function advancesInStep({ workers }: Point): boolean {
  if (workers.every((worker) => partitionsOf(worker) < 2)) return false
  return workers.some((a, i) =>
    workers.some((b, j) => j > i && (a.model !== b.model || a.batch !== b.batch) && inStep(a, b)),
  )
}

function partitionsOf({ runs }: PointWorker): number {
  return new Set(runs.map(([, granules]) => granules.join())).size
}

function inStep(a: PointWorker, b: PointWorker): boolean {
  const ratio = Math.max(a.rps, b.rps) / Math.min(a.rps, b.rps)
  return MULTIPLES.some((multiple) => Math.abs(ratio / multiple - 1) < TOLERANCE)
}
