import type { ArrivalProcess } from '../workload/demand.js'

/**
 * How requests come: at their times, whatever becomes of earlier ones (open), or one after another
 * (closed).
 */
export type Arrivals =
  | {
      readonly kind: 'open'
      readonly ratePerS: number
      /** How requests are spaced; a trace is sent from its start, over and over, at the rate. */
      readonly process: ArrivalProcess
    }
  | {
      readonly kind: 'closed'
      /** Requests under way at any time. */
      readonly concurrency: number
    }

/** The load on one model. */
export interface ModelLoad {
  readonly model: string
  readonly version?: string | undefined
  /** Samples in one request. */
  readonly samples: number
  readonly arrivals: Arrivals
  /** Within how many ms a request should be answered, counted from when it was due. */
  readonly targetMs?: number | undefined
  /** The share of the requests that should be answered within the target, 0..1. */
  readonly quantile: number
  /** Sent as the parameter `priority`. */
  readonly priority?: number | undefined
  /** Sent as the parameter `timeout`, in µs: the server may drop what cannot be answered by then. */
  readonly deadlineMs?: number | undefined
}
