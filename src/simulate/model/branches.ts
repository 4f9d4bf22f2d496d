import type { Profile } from '../../profile/profile.js'

/** First rows of the lanes that run side by side. */
export type Branches = readonly number[]

/** How many lanes a profile needs: 1, or as many as its widest parallel stretch. */
export function laneCount(profile: Profile): number {
  return Math.max(1, ...(profile.parallel ?? []).map(({ lanes }) => lanes))
}

/** The branches of a profile, by the row at which they start. Rows count from `firstRow`. */
export function branchesOf(profile: Profile, firstRow: number): Map<number, Branches> {
  return new Map(
    (profile.parallel ?? []).map(({ first, count, chain, lanes }) => {
      const used = Math.min(lanes, Math.ceil(count / chain))
      const rows = Array.from({ length: used }, (_, lane) => firstRow + first + lane * chain)
      return [firstRow + first, rows]
    }),
  )
}

/** Writes which row follows each of a profile's rows in its lane, and where the lanes join. */
export function linkRows(
  { nextRow, joinRow }: { readonly nextRow: Int32Array; readonly joinRow: Int32Array },
  profile: Profile,
  firstRow: number,
): void {
  const count = profile.kernels.length
  for (let i = 0; i < count; i++) nextRow[firstRow + i] = i + 1 < count ? firstRow + i + 1 : -1
  for (const stretch of profile.parallel ?? []) {
    const { first, chain, lanes } = stretch
    const join = first + stretch.count
    const joins = join < count ? firstRow + join : -1
    joinRow.fill(joins, firstRow + first, firstRow + join)
    for (let i = 0; i < stretch.count; i++) {
      if (i % chain < chain - 1) continue
      const next = i + 1 + (lanes - 1) * chain
      nextRow[firstRow + first + i] = next < stretch.count ? firstRow + first + next : -1
    }
  }
}
