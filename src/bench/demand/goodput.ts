/** Measurement of one model at a load. */
export interface Attained {
  /** The share of its requests that were in time, relative to the wanted share; 1 or more if that is reached. */
  readonly attainment: number
  /** The number of requests behind that share. */
  readonly requests: number
}

/** Measurements at a load. */
export interface MeasuredLoad {
  /** Multiple of the demand. */
  readonly load: number
  /** The same models in the same order at every load. */
  readonly models: readonly Attained[]
}

/** Relative width at which a bracket is narrow enough to interpolate within. */
const NARROW = 0.05
const MOST_MEASUREMENTS = 7
const FIRST_STEP = 1.15

/**
 * The largest load at which every model attains its wanted share, found by bracketing and bisection on
 * the logarithm of the load, then by linear interpolation inside the last bracket.
 * @param measure measures what the models attain at a load
 * @param guess where to start if nothing is known
 * @param most the most measurements
 * @param known points that were measured before, in any order
 * @returns 0 if no load is low enough
 */
export async function findGoodput(
  measure: (load: number) => Promise<readonly Attained[]>,
  guess: number,
  most = MOST_MEASUREMENTS,
  known: readonly MeasuredLoad[] = [],
): Promise<number> {
  const points = [...known]
  let step = FIRST_STEP
  for (let left = most; left > 0; left--) {
    const { low, high } = bracket(points)
    const isOpen = low === 0 || high === Number.POSITIVE_INFINITY
    if (!isOpen && high / low < 1 + NARROW) break
    let load = Math.sqrt(low * high)
    if (points.length === 0) load = guess
    else if (isOpen) {
      load = low === 0 ? high / step : low * step
      step *= step
    }
    points.push({ load, models: await measure(load) })
  }
  return loadAt(points)
}

/**
 * The largest load at which every model attains its wanted share and the first load at which one does not, after
 * noise has been smoothed; 0 and infinity if there are none. Without smoothing, one disturbed window among better
 * ones at higher loads would end the search.
 */
function bracket(points: readonly MeasuredLoad[]): { low: number; high: number } {
  const curves = curvesOf(points)
  const lows = curves.map((curve) => curve.findLast(isMet)?.load ?? 0)
  const highs = curves.flatMap((curve) => curve.find(isMissed)?.load ?? [])
  return {
    low: curves.length === 0 ? 0 : Math.min(...lows),
    high: Math.min(...highs, Number.POSITIVE_INFINITY),
  }
}

/**
 * The load at which the first model no longer attains its wanted share, interpolated between measured points.
 * Attainment cannot rise with load. If noise makes it rise, neighbouring points are pooled (pool adjacent violators),
 * weighted by their requests. The result is 0 if the share is attained at no load, and the largest measured load if it
 * is attained at every one.
 */
export function loadAt(points: readonly MeasuredLoad[]): number {
  if (points.length === 0) return 0
  return Math.min(...curvesOf(points).map(crossing))
}

/** Points of one model by ascending load, with attainments that never rise. */
type Curve = readonly { readonly load: number; readonly attainment: number }[]

const isMet = ({ attainment }: Curve[number]): boolean => attainment >= 1
const isMissed = (point: Curve[number]): boolean => !isMet(point)

function crossing(curve: Curve): number {
  const firstMiss = curve.findIndex(isMissed)
  if (firstMiss === 0) return 0
  if (firstMiss < 0) return curve[curve.length - 1].load
  const below = curve[firstMiss - 1]
  const above = curve[firstMiss]
  const share = (below.attainment - 1) / (below.attainment - above.attainment)
  return below.load + (above.load - below.load) * share
}

/** The closest non-rising curve for each model, by least squares weighted by its requests. */
function curvesOf(unsorted: readonly MeasuredLoad[]): Curve[] {
  const points = [...unsorted].sort((a, b) => a.load - b.load)
  return (points[0]?.models ?? []).map((_, m) => {
    const pools: { loads: number[]; met: number; requests: number }[] = []
    const level = ({ met, requests }: { met: number; requests: number }) =>
      requests === 0 ? 1 : met / requests
    for (const { load, models } of points) {
      const { attainment, requests } = models[m]
      pools.push({ loads: [load], met: attainment * requests, requests })
      while (pools.length > 1 && level(pools.at(-1)!) > level(pools.at(-2)!)) {
        const { loads, met, requests: more } = pools.pop()!
        const last = pools.at(-1)!
        last.loads.push(...loads)
        last.met += met
        last.requests += more
      }
    }
    return pools.flatMap((pool) => pool.loads.map((load) => ({ load, attainment: level(pool) })))
  })
}
