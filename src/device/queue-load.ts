/**
 * How much longer a number of streams takes together than one alone, if each is held for the same
 * time.
 */
export interface QueueLoad {
  readonly streams: number
  /** 1 while all of them run side by side, and about 2 once some wait for others to end. */
  readonly stretch: number
}

/** Below this stretch, streams count as running side by side. */
const SIDE_BY_SIDE = 1.5

/** The most streams that still ran side by side: the queue knee. */
export function queueKnee(loads: readonly QueueLoad[]): number {
  const first = loads.findIndex(({ stretch }) => stretch >= SIDE_BY_SIDE)
  const last = first < 0 ? loads.length - 1 : Math.max(0, first - 1)
  return loads[last].streams
}
