import { type ServedDemand, serveAt } from './plan-goodput.js'

/**
 * What one model gets under a plan at some load. Latencies and the batch are those of answered
 * requests. They are NaN if none were answered, and the attainment is NaN if no request came. JSON
 * prints NaN as null.
 */
export interface SizedModel {
  readonly name: string
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** The share of its requests that end within the target. */
  readonly attainment: number
  /** Mean number of samples in a launch. */
  readonly batch: number
}

/** What every model gets under some multiple of the demand. */
export interface LoadPoint {
  readonly load: number
  readonly models: readonly SizedModel[]
}

/** Points of the curve as fractions of the goodput, closest together where targets begin to fail. */
const PARTS = [0.25, 0.5, 0.7, 0.85, 0.95, 1, 1.05, 1.15, 1.3, 1.6, 2]

/** What a plan gives at one multiple of a demand, in the request-level simulator. */
export function loadPoint(served: ServedDemand, load: number, seed: number): LoadPoint {
  const { models } = serveAt(served, load, seed)
  return {
    load,
    models: models.map(({ latencyUs, attainment, samples, launches }, m) => ({
      name: served.plan.models[m].name,
      p50Ms: latencyUs.quantile(0.5) / 1000,
      p95Ms: latencyUs.quantile(0.95) / 1000,
      p99Ms: latencyUs.quantile(0.99) / 1000,
      attainment,
      batch: samples / launches,
    })),
  }
}

/** The plan from a quarter of its goodput to twice its goodput, or around the demand itself if it carries nothing. */
export function loadCurve(served: ServedDemand, goodput: number, seed: number): LoadPoint[] {
  const around = goodput || 1
  return PARTS.map((part) => loadPoint(served, part * around, seed))
}
