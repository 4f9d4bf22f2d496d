import type { Load, Scenario } from './scenario.js'

/**
 * Requests per second that a load asks for, averaged over a trace. Null for a closed loop, which
 * has no rate of its own but asks for as much as it can get.
 */
export function offeredRate(load: Load): number | null {
  switch (load.kind) {
    case 'closed':
      return null
    case 'poisson':
      return load.ratePerSecond
    case 'trace': {
      const lastUs = Math.max(1, traceEndUs(load.arrivalsUs))
      return (load.arrivalsUs.length * 1e6) / lastUs
    }
    case 'periodic':
      return 1e6 / load.everyUs
  }
}

/** When the last request of a trace arrives, in µs; 0 for an empty one. */
export function traceEndUs(arrivalsUs: readonly number[]): number {
  return arrivalsUs.reduce((last, us) => Math.max(last, us), 0)
}

/** Whether every worker of a scenario runs in a closed loop, so that no load limits its rate. */
export function isClosedLoop({ workers }: Pick<Scenario, 'workers'>): boolean {
  return workers.every(({ load }) => load.kind === 'closed')
}

/** Whether every load of a scenario is open, so that the loads determine how much work is done. */
export function isOpenLoop({ workers }: Pick<Scenario, 'workers'>): boolean {
  return workers.every(({ load }) => load.kind !== 'closed')
}

/**
 * The scenario with `factor` times as many requests per second. They come in the same order, only
 * closer together, so that two factors can be compared on the same requests. Closed loops and
 * deadlines do not change.
 */
export function withLoad(scenario: Scenario, factor: number): Scenario {
  if (factor === 1) return scenario
  const workers = scenario.workers.map((worker) => ({
    ...worker,
    load: scaled(worker.load, factor),
  }))
  return { ...scenario, workers }
}

function scaled(load: Load, factor: number): Load {
  switch (load.kind) {
    case 'closed':
      return load
    case 'poisson':
      return { ...load, ratePerSecond: load.ratePerSecond * factor }
    case 'trace':
      return { ...load, arrivalsUs: load.arrivalsUs.map((us) => us / factor) }
    case 'periodic':
      return { ...load, everyUs: load.everyUs / factor, offsetUs: load.offsetUs / factor }
  }
}
