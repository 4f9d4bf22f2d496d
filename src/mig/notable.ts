import { type Pair, underElsa } from './evaluate.js'
import type { Study } from './study.js'
import { merges } from './verdict.js'

/**
 * The pairs that readers want to see beside PARIS and ELSA: the best of all, the best equal layout
 * with and without merged requests, the worst equal layout under its best scheduler, and the best
 * pair of every other partitioner.
 */
export function notablePairs({ pairs, plan }: Study): Pair[] {
  const own = underElsa(pairs, plan.partitioning)
  const partitionings = [...new Set(pairs.map(({ partitioning }) => partitioning))]
  const best = partitionings.flatMap((partitioning) =>
    bestOf(pairs.filter((pair) => pair.partitioning === partitioning)),
  )
  const equal = best
    .filter(({ partitioning }) => isHomogeneous(partitioning.name))
    .sort((a, b) => b.capacity.ratePerS - a.capacity.ratePerS)
  const ends = [...equal.slice(0, 1), ...equal.slice(-1)]
  const others = best.filter(
    ({ partitioning }) => partitioning !== plan.partitioning && !isHomogeneous(partitioning.name),
  )
  return [...new Set([own ?? [], bestOf(pairs), bestEqualAlone(pairs), ends, others].flat())]
}

/** The best pair of an equal layout and a scheduler that runs every request alone, if there is one. */
export function bestEqualAlone(pairs: readonly Pair[]): Pair[] {
  return bestOf(pairs.filter((pair) => isHomogeneous(pair.partitioning.name) && !merges(pair)))
}

function bestOf(some: readonly Pair[]): Pair[] {
  if (some.length === 0) return []
  return [some.reduce((a, b) => (b.capacity.ratePerS > a.capacity.ratePerS ? b : a))]
}

/** Homogeneous layouts are named by count and profile, such as `7x1g.18gb`. */
function isHomogeneous(name: string): boolean {
  return /^\d+x/.test(name)
}
