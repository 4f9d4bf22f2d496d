import type { Point } from './points.js'
import { mixName } from './scenario-of.js'

/** At most `perMix` points of each mix, spread evenly over its points. */
export function samplePoints(points: readonly Point[], perMix: number): Point[] {
  const mixes = [...new Set(points.map(mixName))]
  return mixes.flatMap((mix) =>
    spread(
      points.filter((point) => mixName(point) === mix),
      perMix,
    ),
  )
}

function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)])
}
