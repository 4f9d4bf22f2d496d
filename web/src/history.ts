import type { ServerState, StateHistory } from '../../src/serve/telemetry/state.js'

export type Points = StateHistory['points']

/** How much time the charts show, ms. */
const SHOWN_MS = 5 * 60_000
/** Points further apart than this, ms, mean that some between them were missed. */
const GAP_MS = 4000

/** Whether points are missing between the last point and the state. */
export function hasGap(points: Points, { nowMs }: ServerState): boolean {
  const last = points.at(-1)
  return last === undefined || nowMs - last.atMs > GAP_MS
}

/** Adds the point of the state, and drops points that are too old to be shown. */
export function appendPoint(points: Points, { nowMs, device, models }: ServerState): Points {
  const point: Points[number] = {
    atMs: nowMs,
    ...(device.powerW !== undefined && { powerW: device.powerW }),
    models: Object.fromEntries(
      models.map(({ name, receivedPerS, answeredPerS, waiting, latencyMs }) => [
        name,
        { receivedPerS, answeredPerS, waiting, ...(latencyMs && { p95Ms: latencyMs.p95 }) },
      ]),
    ),
  }
  const earlier = points.filter(({ atMs }) => atMs < nowMs && atMs > nowMs - SHOWN_MS)
  return [...earlier, point]
}
