import { describe, InputError } from '../errors.js'
import { lookUp } from '../profile/duration.js'

/** Latency of one model by compute units and batch size. */
export interface LatencyModel {
  readonly model: string
  /**
   * Says in words where the numbers come from: what was measured, on what, and what was
   * interpolated.
   */
  readonly source: string
  /** Largest batch the table covers. */
  readonly maxBatch: number
  /** Latency of one launch, µs; batch a whole number from 1 to `maxBatch`. */
  latencyUs(cus: number, batch: number): number
}

/** One measured latency. `place` is where it stands, for errors. */
export interface LatencyPoint {
  readonly cus: number
  readonly batch: number
  readonly latencyUs: number
  readonly place?: string
}

/**
 * Latency by interpolation between measured points, which must form a full grid of compute units
 * and batches. Measured noise is first removed so that more units are never slower and more samples
 * never faster. Between points latency is linear in the batch and in 1/units. A batch below the
 * smallest takes as long as the smallest; `lookUp` says what holds outside the measured units.
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
  return {
    model,
    source,
    maxBatch: batches[batches.length - 1],
    latencyUs(units, batch) {
      const above = batches.findIndex((known) => known >= batch)
      if (above < 0) throw new RangeError(`batch ${batch} above ${batches[batches.length - 1]}`)
      const highUs = lookUp(byCus[above], units).us
      if (above === 0 || batches[above] === batch) return highUs
      const low = above - 1
      const share = (batch - batches[low]) / (batches[above] - batches[low])
      const lowUs = lookUp(byCus[low], units).us
      return lowUs + (highUs - lowUs) * share
    },
  }
}

/** Latency by batch on so many compute units, µs; index 0 is 0. */
export function latencyRow(model: LatencyModel, cus: number, maxBatch = model.maxBatch) {
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
  const ascending = (values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b)
  for (const point of points) checkPoint(point, file)
  const batches = ascending(points.map((point) => point.batch))
  const cus = ascending(points.map((point) => point.cus))
  if (points.length === 0) {
    throw new InputError({ file, path: '', expected: 'at least one latency', found: 'none' })
  }
  const us = batches.map(() => cus.map(() => Number.NaN))
  for (const point of points) {
    const row = us[batches.indexOf(point.batch)]
    const column = cus.indexOf(point.cus)
    if (!Number.isNaN(row[column])) {
      throw new InputError({
        file,
        path: point.place ?? '',
        expected: `one latency for ${point.cus} units at batch ${point.batch}`,
        found: 'a second one',
      })
    }
    row[column] = point.latencyUs
  }
  batches.forEach((batch, i) => {
    const hole = us[i].findIndex(Number.isNaN)
    if (hole < 0) return
    throw new InputError({
      file,
      path: '',
      expected: `a latency for ${cus[hole]} units at batch ${batch}, to leave no hole in the table`,
      found: 'none',
    })
  })
  return { batches, cus, us }
}

function checkPoint(point: LatencyPoint, file: string): void {
  const fail = (expected: string, found: unknown): never => {
    throw new InputError({ file, path: point.place ?? '', expected, found: describe(found) })
  }
  if (!Number.isInteger(point.batch) || point.batch < 1) fail('a whole batch above 0', point.batch)
  if (!Number.isInteger(point.cus) || point.cus < 1) fail('a whole number of units', point.cus)
  if (!(point.latencyUs > 0) || !Number.isFinite(point.latencyUs)) {
    fail('a latency above 0', point.latencyUs)
  }
}

/**
 * Changes the table so that more units are never slower, and then that more samples are never
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
