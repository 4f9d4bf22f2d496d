import { type Metrics, metricsOf } from '../simulate/metrics.js'

/**
 * Metrics of an invented machine whose workers run in closed loops, with requests that all take the
 * same time.
 * @param rates requests per second of each worker
 * @param soloRates requests per second of each worker alone
 */
export function closedLoopMetrics(
  workers: readonly { readonly name: string }[],
  rates: readonly number[],
  soloRates: readonly number[],
  powerW = 100,
): Metrics {
  const results = rates.map((requestsPerSecond, w) => ({
    name: workers[w].name,
    completed: 100,
    requestsPerSecond,
    offeredPerSecond: null,
    busyShare: 1,
    latenciesUs: new Float64Array(100).fill(1e6 / requestsPerSecond),
    switchesPerRequest: 0,
  }))
  const device = { powerW, energyJ: powerW, cuUtilization: 1, launches: 0 }
  return metricsOf({ seconds: 1, workers: results, ...device }, soloRates)
}
