import { totalCus } from '../device/device.js'
import { distinctAscending, quantileSorted } from '../numbers.js'
import { kernelUs, totalUs } from '../profile/duration.js'
import { classRank, type Scenario } from '../workload/scenario.js'

/**
 * How kernels get their priorities. `cuts`: the shorter a kernel, the higher its priority, with one
 * level for each cut that its solo duration stays under. `workers`: workers with shorter kernels
 * come first.
 */
export type PriorityRule =
  | { readonly kind: 'none' }
  | { readonly kind: 'cuts'; readonly cutsUs: readonly number[] }
  | { readonly kind: 'workers' }

/**
 * A few times as long as the launch of a kernel takes. The measured runs on an H200 used these
 * cuts.
 */
export const MEASURED_CUTS: PriorityRule = { kind: 'cuts', cutsUs: [4, 8, 16] }

/** Cuts at the quartiles of the durations of all kernels of the mix. */
export function quartileCuts(scenario: Scenario): PriorityRule {
  const durations = Float64Array.from(
    scenario.workers.flatMap((_, w) => [...soloDurations(scenario, w)]),
  ).sort()
  return { kind: 'cuts', cutsUs: [0.25, 0.5, 0.75].map((q) => quantileSorted(durations, q)) }
}

/**
 * Priority of every kernel of every worker. If workers differ in priority class, or some workers of
 * a class are favoured, each such rank has its own band of levels above the lower ranks', and the
 * rule decides within the band.
 * @param favoured whether each worker is favoured
 */
export function priorityLevels(
  scenario: Scenario,
  rule: PriorityRule,
  favoured: readonly boolean[] = [],
): Uint8Array[] {
  const available = scenario.device.priorityLevels
  const ranks = scenario.workers.map(
    ({ priorityClass }, w) => classRank(priorityClass) * 2 + (favoured[w] ? 1 : 0),
  )
  const present = distinctAscending(ranks)
  const band = Math.max(1, Math.floor(available / present.length))
  return rawLevels(scenario, rule).map(({ levels, count }, w) => {
    const bottom = present.indexOf(ranks[w]) * band
    return levels.map((level) => {
      const inBand = count > band ? Math.floor((level * band) / count) : level
      return Math.min(available - 1, bottom + inBand)
    })
  })
}

/** Levels counted from 0 and the number of levels, before they are fitted to the device. */
function rawLevels(
  scenario: Scenario,
  rule: PriorityRule,
): { readonly levels: Uint8Array; readonly count: number }[] {
  const { workers } = scenario
  if (rule.kind === 'workers') {
    const meanUs = workers.map(
      ({ profile }) => totalUs(profile, totalCus(scenario.device)) / profile.kernels.length,
    )
    const distinct = [...new Set(meanUs)].sort((a, b) => b - a)
    return workers.map(({ profile }, w) => ({
      levels: new Uint8Array(profile.kernels.length).fill(distinct.indexOf(meanUs[w])),
      count: distinct.length,
    }))
  }
  const cutsUs = rule.kind === 'cuts' ? rule.cutsUs : []
  return workers.map((_, w) => ({
    levels: Uint8Array.from(soloDurations(scenario, w), (us) =>
      cutsUs.reduce((level, cut) => (us < cut ? level + 1 : level), 0),
    ),
    count: cutsUs.length + 1,
  }))
}

function soloDurations({ device, workers }: Scenario, worker: number): Float64Array {
  const cus = totalCus(device)
  return Float64Array.from(workers[worker].profile.kernels, (kernel) => kernelUs(kernel, cus))
}
