/**
 * Time of a request whose kernels are replayed as a captured graph, in which each kernel starts as soon as those it
 * waits for have ended.
 */
import type { Profile } from '../profile/profile.js'

/** The kernels that each kernel waits for, all of which come before it. */
type Waits = readonly (readonly number[])[]

/** A profile, and its totals on the whole device. */
export interface ReplayTotals {
  readonly profile: Profile
  /** Compute units of the whole device. */
  readonly cus: number
  /** Time of a request's kernels by themselves, as computed by `replayUs`. */
  readonly kernelsUs: number
  /** The same, including the memsets before kernels. */
  readonly withMemsetsUs: number
  /** The same, including the profile's gap before each kernel as well: the profile's total. */
  readonly totalUs: number
  /** Time of the whole graph, measured without the profiler. */
  readonly latencyUs: number | undefined
}

/**
 * Adds the gaps between kernels to a profile, by number of compute units: the smallest gap that
 * brings it to the latency of the whole graph. The gap is 0 if kernels overlap at their ends so much
 * that they take longer by themselves.
 */
export function withGaps(profile: Profile, after: Waits = waitsOf(profile)): Profile {
  if (profile.latencyUs === undefined) return profile
  const gaps = Object.entries(profile.latencyUs).map(([cus, latencyUs]) => {
    const { durationsUs, memsetsUs } = timesOn(profile, Number(cus))
    return [cus, gapFor(latencyUs, durationsUs, after, memsetsUs)]
  })
  return { ...profile, gapUs: Object.fromEntries(gaps) }
}

/** The gap before every kernel with which a request takes `latencyUs`, to 0.01 µs and at least 0. */
function gapFor(
  latencyUs: number,
  durationsUs: readonly number[],
  after: Waits,
  memsetsUs: readonly number[],
): number {
  const takes = (gapUs: number) =>
    replayUs(
      durationsUs,
      after,
      memsetsUs.map((memsetUs) => memsetUs + gapUs),
    )
  let [low, high] = [0, latencyUs]
  while (high - low > 0.001) {
    const middle = (low + high) / 2
    if (takes(middle) > latencyUs) high = middle
    else low = middle
  }
  return Number(low.toFixed(2))
}

/**
 * The totals of a profile on the whole device.
 * @param after the kernels that each kernel waits for; by default, as in the profile
 */
export function addUp(profile: Profile, after: Waits = waitsOf(profile)): ReplayTotals {
  const cus = Math.max(...Object.keys(profile.kernels[0].durationUs).map(Number))
  const { durationsUs, memsetsUs } = timesOn(profile, cus)
  const gapUs = profile.gapUs?.[cus] ?? 0
  const gapsUs = memsetsUs.map((memsetUs) => memsetUs + gapUs)
  return {
    profile,
    cus,
    kernelsUs: replayUs(durationsUs, after),
    withMemsetsUs: replayUs(durationsUs, after, memsetsUs),
    totalUs: replayUs(durationsUs, after, gapsUs),
    latencyUs: profile.latencyUs?.[cus],
  }
}

function timesOn({ kernels }: Profile, cus: number) {
  return {
    durationsUs: kernels.map((kernel) => kernel.durationUs[cus]),
    memsetsUs: kernels.map((kernel) => kernel.memsetUs?.[cus] ?? 0),
  }
}

/** The kernels that each kernel waits for: the previous one, except in parallel stretches. */
export function waitsOf({ kernels, parallel = [] }: Profile): number[][] {
  const after = kernels.map((_, i) => (i > 0 ? [i - 1] : []))
  for (const { first, count, chain, lanes } of parallel) {
    const chains = count / chain
    const endOf = (k: number) => first + (k + 1) * chain - 1
    for (let k = 0; k < chains; k++)
      after[first + k * chain] = [k < lanes ? first - 1 : endOf(k - lanes)]
    if (first + count < after.length)
      after[first + count] = Array.from({ length: lanes }, (_, i) => endOf(chains - 1 - i))
  }
  return after
}

/**
 * When the last kernel ends if each one starts a gap after all the kernels it waits for have ended.
 * Without gaps, this is the shortest time that a graph can take.
 */
export function replayUs(
  durationsUs: readonly number[],
  after: Waits,
  gapsUs: readonly number[] = [],
): number {
  const endsUs: number[] = []
  for (const [i, durationUs] of durationsUs.entries()) {
    const readyUs = after[i].reduce((latest, k) => Math.max(latest, endsUs[k]), 0)
    endsUs.push(readyUs + (gapsUs[i] ?? 0) + durationUs)
  }
  return endsUs.reduce((latest, endUs) => Math.max(latest, endUs), 0)
}
