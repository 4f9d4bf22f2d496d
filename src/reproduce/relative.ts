import { mean } from '../numbers.js'
import { type Metrics, meanRelativeP95 } from '../simulate/metrics.js'
import type { MixResult, PolicyResult } from './run-mix.js'

/** The paper's three measures of a policy, each relative to Baseline in the same mix. */
export interface Relative {
  /** Requests per second, summed over workers. */
  readonly throughput: number
  /** The sum of normalized throughputs, which weighs each request by the solo time of its model. */
  readonly weightedSpeedup: number
  readonly requestsPerWatt: number
  /** Mean over workers of p95 latency. */
  readonly p95: number
}

export function resultOf(result: MixResult, policy: string): PolicyResult {
  const found = result.policies.get(policy)
  if (found === undefined) throw new Error(`mix ${result.mix.id} was not run under ${policy}`)
  return found
}

export function relative(result: MixResult, policy: string): Relative {
  return relativeTo(result, resultOf(result, policy).metrics)
}

/** The metrics of the mix under any plan, relative to Baseline. */
export function relativeTo(result: MixResult, metrics: Metrics): Relative {
  const { metrics: base } = resultOf(result, 'baseline')
  return {
    throughput: metrics.requestsPerSecond / base.requestsPerSecond,
    weightedSpeedup: metrics.weightedSpeedup / base.weightedSpeedup,
    requestsPerWatt: metrics.requestsPerJoule / base.requestsPerJoule,
    p95: meanRelativeP95(metrics, base),
  }
}

/** Mean over mixes of a measure relative to Baseline. */
export function meanOf(
  results: readonly MixResult[],
  policy: string,
  measure: keyof Relative,
): number {
  return mean(results.map((result) => relative(result, policy)[measure]))
}
