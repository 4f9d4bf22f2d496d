import type { Random } from '../random.js'

/**
 * Points of the unit cube, with one point in each of `count` slices of every dimension (McKay, Beckman and Conover
 * 1979). Even a few points then cover the whole range of every dimension.
 * @returns `count` points of `dimensions` coordinates, 0 to 1
 */
export function latinHypercube(count: number, dimensions: number, random: Random): number[][] {
  const columns = Array.from({ length: dimensions }, () =>
    shuffled(count, random).map((slice) => (slice + random.uniform()) / count),
  )
  return Array.from({ length: count }, (_, i) => columns.map((column) => column[i]))
}

/** The numbers below `count` in random order. */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
