import type { ServingSetup } from './setup.js'

/**
 * How much longer than alone a launch is expected to take, at least, when others run beside it.
 * Judging by the time expected beside everything that runs gave up too many requests, as measured
 * on an H200. Judging by the time alone gave up too few under overload, as simulated for five
 * demands.
 */
const LEAST_COMPANY = 1.3

/**
 * Each launch that is off by more than this share moves the usual time by as much, so the usual
 * time reflects the last few dozen launches.
 */
const STEP = 0.03

/**
 * The time by which it is decided whether to give a request up: the least time that its launch is
 * expected to take, or the time that launches lately took if that is shorter. Expected times
 * include the time to dispatch a launch, which differs by host and minute. With a short target,
 * requests that left half a millisecond late were given up because of it, although half of the
 * launches that did run took less.
 */
export class LaunchTimes {
  /** Shortest possible time of a launch of each model in µs, by index of its batch size. */
  readonly #aloneUs: readonly (readonly number[])[]
  /**
   * Median time of recent launches in µs, indexed the same way; infinite until there has been one.
   */
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
   * The least time that a launch may be expected to take, in µs.
   * @param size index of its batch size
   * @param isAlone whether nothing else runs on the device
   */
  leastUs(model: number, size: number, isAlone: boolean): number {
    const expectedUs = (isAlone ? 1 : LEAST_COMPANY) * this.#aloneUs[model][size]
    return Math.min(expectedUs, this.#usualUs[model][size])
  }

  /** Records that a launch took `tookUs`. Equal steps up and down converge on the median. */
  note(model: number, size: number, tookUs: number): void {
    const usual = this.#usualUs[model]
    const ratio = tookUs / usual[size]
    if (usual[size] === Number.POSITIVE_INFINITY) usual[size] = tookUs
    else if (ratio < 1 - STEP) usual[size] *= 1 - STEP
    else if (ratio > 1 + STEP) usual[size] *= 1 + STEP
  }
}
