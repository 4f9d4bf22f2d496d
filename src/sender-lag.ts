/**
 * If requests are sent later than this after they were due, at the 99th percentile, they measure the host and not the
 * device, in ms.
 */
export const MOST_LAG_MS = 1
