import type { Random } from '../../random.js'
import type { Load } from '../../workload/scenario.js'

/** When a worker's requests arrive, in µs: the next time after each call, infinity when none. */
export type Arrivals = () => number

/** Arrival times of an open load; a closed loop has none: requests follow one another. */
export function arrivalsOf(load: Load, random: Random): Arrivals {
  switch (load.kind) {
    case 'closed':
      return () => Number.POSITIVE_INFINITY
    case 'poisson': {
      const meanUs = 1e6 / load.ratePerSecond
      let nowUs = 0
      return () => {
        nowUs += random.exponential(meanUs)
        return nowUs
      }
    }
    case 'trace': {
      const ascending = [...load.arrivalsUs].sort((a, b) => a - b)
      let next = 0
      return () => (next < ascending.length ? ascending[next++] : Number.POSITIVE_INFINITY)
    }
  }
}
