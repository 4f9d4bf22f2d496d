/** The attainment that was measured at a load. */
export interface LoadPoint {
  /** Multiple of the demand. */
  readonly load: number
  /** Lowest attainment of any model relative to what it needs: 1 or more where all are met. */
  readonly attainment: number
}

/** Relative width at which a bracket is narrow enough to interpolate in. */
const NARROW = 0.05
const MOST_MEASUREMENTS = 7
const FIRST_STEP = 1.15

/**
 * The largest load at which attainment is at least `wanted`, by bracketing and bisection on the
 * logarithm of the load, then linear interpolation inside the last bracket.
 * @param measure measures the attainment at a load
 * @param guess where to begin where nothing is known
 * @param most measurements at most
 * @param known points that were measured before, in any order
 * @returns the goodput and every point known or measured; 0 if no load is low enough
 */
export async function findGoodput(
  measure: (load: number) => Promise<number>,
  guess: number,
  wanted: number,
  most = MOST_MEASUREMENTS,
  known: readonly LoadPoint[] = [],
): Promise<{ goodput: number; points: LoadPoint[] }> {
  const points = [...known]
  let step = FIRST_STEP
  for (let left = most; left > 0; left--) {
    const { low, high } = bracket(points, wanted)
    const isOpen = low === 0 || high === Number.POSITIVE_INFINITY
    if (!isOpen && high / low < 1 + NARROW) break
    let load = Math.sqrt(low * high)
    if (points.length === 0) load = guess
    else if (isOpen) {
      load = low === 0 ? high / step : low * step
      step *= step
    }
    points.push({ load, attainment: await measure(load) })
  }
  return { goodput: loadAt(points, wanted), points }
}

/**
 * The largest load that attains what is wanted and the first that does not, after noise is smoothed; 0 and infinity if
 * there are none. One disturbed window among better ones at higher loads would end the search otherwise.
 */
function bracket(points: readonly LoadPoint[], wanted: number): { low: number; high: number } {
  const falling = monotone(points)
  const high = falling.find(({ attainment }) => attainment < wanted)
  const low = falling.findLast(({ attainment }) => attainment >= wanted)
  return { low: low?.load ?? 0, high: high?.load ?? Number.POSITIVE_INFINITY }
}

/**
 * The load at which attainment falls below `wanted`, interpolated between measured points.
 * Attainment cannot rise with load: where noise makes it rise, neighbouring points are replaced by
 * their mean (pool adjacent violators). 0 if it is met at no load; the largest measured load if it
 * is met at every one.
 */
export function loadAt(points: readonly LoadPoint[], wanted: number): number {
  const falling = monotone(points)
  const firstMiss = falling.findIndex(({ attainment }) => attainment < wanted)
  if (firstMiss === 0) return 0
  if (firstMiss < 0) return falling.at(-1)?.load ?? 0
  const below = falling[firstMiss - 1]
  const above = falling[firstMiss]
  const share = (below.attainment - wanted) / (below.attainment - above.attainment)
  return below.load + (above.load - below.load) * share
}

/**
 * Points by ascending load, with attainments replaced by the closest falling sequence by least
 * squares.
 */
function monotone(unsorted: readonly LoadPoint[]): LoadPoint[] {
  const points = [...unsorted].sort((a, b) => a.load - b.load)
  const pools: { loads: number[]; total: number }[] = []
  const level = ({ loads, total }: { loads: number[]; total: number }) => total / loads.length
  for (const { load, attainment } of points) {
    pools.push({ loads: [load], total: attainment })
    while (pools.length > 1 && level(pools.at(-1)!) > level(pools.at(-2)!)) {
      const { loads, total } = pools.pop()!
      const last = pools.at(-1)!
      last.loads.push(...loads)
      last.total += total
    }
  }
  return pools.flatMap((pool) => pool.loads.map((load) => ({ load, attainment: level(pool) })))
}
