import type { ServingSetup } from './serving-setup.js'

/**
 * How much longer than alone a launch is expected to take at least where others run. Told by what launches are expected
 * to take beside all that runs, too many requests were given up, as measured on an H200; by their time alone, too few
 * under overload, as simulated for five demands.
 */
const LEAST_COMPANY = 1.3

/** What the usual time goes up or down by with each launch that is further off: it is that of the last few dozen. */
const STEP = 0.03

/**
 * By what time requests are given up: the least that a launch is expected to take, or what launches lately took where
 * that is shorter. Expected times hold the time to dispatch a launch, which differs by host and minute: where a target
 * is short, requests that left half a millisecond late had been given up for it while half of those that were launched
 * took less.
 */
export class LaunchTimes {
  /** The quickest that a launch of each model can be over, in µs, by index of its batch sizes. */
  readonly #aloneUs: readonly (readonly number[])[]
  /** The median of what launches took lately, in µs, by the same; infinite before there was one. */
  readonly #usualUs: readonly number[][]

  constructor({ models, instances, estimateUs }: ServingSetup) {
    const own = models.map((_, model) => instances.flatMap((of, i) => (of === model ? [i] : [])))
    this.#aloneUs = models.map(({ batches }, model) =>
      batches.map((batch) =>
        own[model].reduce(
          (least, instance) => Math.min(least, estimateUs(instance, batch, 1)),
          Number.POSITIVE_INFINITY,
        ),
      ),
    )
    this.#usualUs = models.map(({ batches }) => batches.map(() => Number.POSITIVE_INFINITY))
  }

  /**
   * The least time of a launch, in µs.
   * @param size index of its batch size
   * @param isAlone whether nothing else runs on the device
   */
  leastUs(model: number, size: number, isAlone: boolean): number {
    const expectedUs = (isAlone ? 1 : LEAST_COMPANY) * this.#aloneUs[model][size]
    return Math.min(expectedUs, this.#usualUs[model][size])
  }

  /** A launch has taken so long, in µs. Steps of equal size up and down lead to the median. */
  note(model: number, size: number, tookUs: number): void {
    const usual = this.#usualUs[model]
    const ratio = tookUs / usual[size]
    if (usual[size] === Number.POSITIVE_INFINITY) usual[size] = tookUs
    else if (ratio < 1 - STEP) usual[size] *= 1 - STEP
    else if (ratio > 1 + STEP) usual[size] *= 1 + STEP
  }
}
