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
 * @param guess where to begin
 * @param most measurements at most
 * @returns the goodput and every point measured; 0 if no load is low enough
 */
export async function findGoodput(
  measure: (load: number) => Promise<number>,
  guess: number,
  wanted: number,
  most = MOST_MEASUREMENTS,
): Promise<{ goodput: number; points: LoadPoint[] }> {
  const points: LoadPoint[] = []
  const at = async (load: number): Promise<boolean> => {
    const attainment = await measure(load)
    points.push({ load, attainment })
    return attainment >= wanted
  }
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let step = FIRST_STEP
  for (let load = guess; points.length < most; ) {
    if (await at(load)) low = load
    else high = load
    if (high < Number.POSITIVE_INFINITY && low > 0 && high / low < 1 + NARROW) break
    if (high === Number.POSITIVE_INFINITY) {
      load *= step
      step *= step
    } else if (low === 0) {
      load /= step
      step *= step
    } else load = Math.sqrt(low * high)
  }
  return { goodput: loadAt(points, wanted), points }
}

/**
 * The load at which attainment falls below `wanted`, interpolated between measured points.
 * Attainment cannot rise with load: where noise makes it rise, neighbouring points are replaced by
 * their mean (pool adjacent violators). 0 if it is met at no load; the largest measured load if it
 * is met at every one.
 */
export function loadAt(points: readonly LoadPoint[], wanted: number): number {
  const falling = monotone([...points].sort((a, b) => a.load - b.load))
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
function monotone(points: readonly LoadPoint[]): LoadPoint[] {
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
