import type { ArrivalProcess } from '../workload/demand.js'

/**
 * How requests come: at their own times, whatever happens to earlier ones (open), or one after
 * another (closed).
 */
export type Arrivals =
  | {
      readonly kind: 'open'
      readonly ratePerS: number
      /** How requests are spaced. A trace is sent from its start, repeatedly, scaled to the rate. */
      readonly process: ArrivalProcess
    }
  | {
      readonly kind: 'closed'
      /** Number of requests under way at any time. */
      readonly concurrency: number
    }

/** The load on one model. */
export interface ModelLoad {
  readonly model: string
  readonly version?: string | undefined
  /** Samples in one request. */
  readonly samples: number
  readonly arrivals: Arrivals
  /** Time within which a request should be answered, in ms from when it was due. */
  readonly targetMs?: number | undefined
  /** The share of the requests that should be answered within the target, 0..1. */
  readonly quantile: number
  /** Sent as the parameter `priority`. */
  readonly priority?: number | undefined
  /** Sent as the parameter `timeout`, in µs: the server may drop requests that cannot be answered by then. */
  readonly deadlineMs?: number | undefined
}
