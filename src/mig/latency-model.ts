import { describe, InputError } from '../errors.js'
import { distinctAscending } from '../numbers.js'
import { lookUpUs } from '../profile/duration.js'
import { batch, cus, durationUs, MOST_BATCH, MOST_CUS } from '../quantities.js'

/** Latency of one model by compute units and batch size. */
export interface LatencyModel {
  readonly model: string
  /** The source of the numbers in words: what was measured, on what, and what was interpolated. */
  readonly source: string
  /** Largest batch the table covers. */
  readonly maxBatch: number
  /** Latency of one launch in µs, for a whole batch from 1 to `maxBatch`. */
  latencyUs(cus: number, batch: number): number
}

/** One measured latency. `place` tells where it was found, for errors. */
export interface LatencyPoint {
  readonly cus: number
  readonly batch: number
  readonly latencyUs: number
  readonly place?: string
}

/**
 * Latency by interpolation between measured points, which must form a full grid of compute units
 * and batches. First, measurement noise is removed so that more units are never slower and more
 * samples never faster. Between points, latency is linear in the batch and in 1/units. A batch
 * below the smallest takes as long as the smallest; `lookUpUs` says what applies outside the measured
 * units.
 * @throws InputError for a missing, repeated or impossible point
 */
export function latencyModelOf(
  model: string,
  source: string,
  points: readonly LatencyPoint[],
  file: string,
): LatencyModel {
  const grid = gridOf(points, file)
  const { batches, cus, us } = grid
  makeMonotone(us)
  const byCus = us.map((row) => Object.fromEntries(cus.map((n, i) => [n, row[i]])))
  const indexFrom = indexOfNext(batches)
  return {
    model,
    source,
    maxBatch: batches[batches.length - 1],
    latencyUs(units, batch) {
      const above = indexFrom[batch]
      if (above === undefined) throw new RangeError(`batch ${batch} above ${indexFrom.length - 1}`)
      const highUs = lookUpUs(byCus[above], units)
      if (above === 0 || batches[above] === batch) return highUs
      const low = above - 1
      const share = (batch - batches[low]) / (batches[above] - batches[low])
      const lowUs = lookUpUs(byCus[low], units)
      return lowUs + (highUs - lowUs) * share
    },
  }
}

/** For each batch up to the largest, the index of the smallest measured batch that is at least as large. */
function indexOfNext(batches: readonly number[]): Int32Array {
  let next = 0
  return Int32Array.from({ length: batches[batches.length - 1] + 1 }, (_, batch) =>
    batch > batches[next] ? ++next : next,
  )
}

/** Latency by batch on `cus` compute units, in µs; index 0 is 0. */
export function latencyRow(model: LatencyModel, cus: number, maxBatch: number) {
  return Float64Array.from({ length: maxBatch + 1 }, (_, batch) =>
    batch === 0 ? 0 : model.latencyUs(cus, batch),
  )
}

interface Grid {
  readonly batches: readonly number[]
  readonly cus: readonly number[]
  /** Latency in µs by batch index, then by index of compute units. */
  readonly us: number[][]
}

function gridOf(points: readonly LatencyPoint[], file: string): Grid {
  for (const point of points) checkPoint(point, file)
  const batches = distinctAscending(points.map((point) => point.batch))
  const cus = distinctAscending(points.map((point) => point.cus))
  if (points.length === 0) {
    throw new InputError({ file, expected: 'at least one latency', found: 'none' })
  }
  const latencies = byPlace(points, file)
  const us = batches.map((batch) =>
    cus.map((units) => {
      const latencyUs = latencies.get(placeOf(units, batch))
      if (latencyUs !== undefined) return latencyUs
      const expected = `a latency for ${units} units at batch ${batch}, to leave no hole in the table`
      throw new InputError({ file, expected, found: 'none' })
    }),
  )
  return { batches, cus, us }
}

function byPlace(points: readonly LatencyPoint[], file: string): Map<string, number> {
  const latencies = new Map<string, number>()
  for (const { cus, batch, latencyUs, place = '' } of points) {
    if (latencies.has(placeOf(cus, batch))) {
      const expected = `one latency for ${cus} units at batch ${batch}`
      throw new InputError({ file, path: place, expected, found: 'a second one' })
    }
    latencies.set(placeOf(cus, batch), latencyUs)
  }
  return latencies
}

function placeOf(cus: number, batch: number): string {
  return `${cus}/${batch}`
}

function checkPoint(point: LatencyPoint, file: string): void {
  const fail = (expected: string, found: unknown): never => {
    throw new InputError({ file, path: point.place ?? '', expected, found: describe(found) })
  }
  if (!batch.safeParse(point.batch).success) {
    fail(`a whole batch from 1 to ${MOST_BATCH}`, point.batch)
  }
  if (!cus.safeParse(point.cus).success) fail(`1 to ${MOST_CUS} compute units`, point.cus)
  if (!(point.latencyUs > 0)) fail('a latency above 0', point.latencyUs)
  if (!durationUs.safeParse(point.latencyUs).success) {
    fail('a latency from a nanosecond to a quarter of an hour', `${point.latencyUs / 1000} ms`)
  }
}

/**
 * Changes the table so that more units are never slower, and then so that more samples are never
 * faster.
 */
function makeMonotone(us: number[][]): void {
  for (const row of us) {
    for (let i = 1; i < row.length; i++) row[i] = Math.min(row[i], row[i - 1])
  }
  for (let b = 1; b < us.length; b++) {
    us[b] = us[b].map((value, i) => Math.max(value, us[b - 1][i]))
  }
}
