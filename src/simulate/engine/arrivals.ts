import type { Random } from '../../random.js'
import type { Load } from '../../workload/scenario.js'

/** Each call returns the time in µs of the next arrival, or infinity when no more come. */
export type Arrivals = () => number

/** The arrivals of an open load. A closed loop has no arrivals: each request follows the one before it. */
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
    case 'periodic': {
      let tick = 0
      return () => load.offsetUs + load.everyUs * tick++
    }
  }
}
