import { totalCus } from '../../device/device.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { withoutMps } from '../../plan/without-mps.js'
import { plainStreams } from '../../size/plain-streams.js'
import { rivalPlan } from '../../size/rival-plan.js'
import type { Demand } from '../../workload/demand.js'

/** A named way to serve a demand. */
export interface Contender {
  readonly name: string
  readonly plan: ServingPlan
  /** Served instead if there is no MPS. Without a fallback, the contender fails there and says so. */
  readonly fallback?: Contender
}

/** What somebody tries who tunes MPS by hand: shares in percent, and numbers of instances for every model. */
const TRIED_SHARES = [100, 60, 50, 40, 30, 25]
const TRIED_INSTANCES = [1, 2, 3]

/** The name of plain streams among the contenders. */
export const PLAIN_STREAMS = 'streams'

/** A rival by name: `streams`, `time-sliced`, or a setting of MPS. */
export type DemandRival = 'streams' | 'time-sliced' | MpsSetting

/** One share and one number of instances for all models. */
export interface MpsSetting {
  readonly sharePercent: number
  readonly instances: number
}

/** Everything that is tried if nobody chooses. */
export const ALL_RIVALS: readonly DemandRival[] = [
  'streams',
  'time-sliced',
  ...TRIED_SHARES.flatMap(mpsSettings),
]

/**
 * The rivals with a name: `streams`, `time-sliced`, `mps-40` (1 to 3 instances) or `mps-40-x2`; none if there
 * is no such name.
 */
export function demandRivalsNamed(name: string): readonly DemandRival[] {
  if (name === 'streams' || name === 'time-sliced') return [name]
  const [, share, instances] = /^mps-([1-9]\d?|100)(?:-x([1-9]))?$/.exec(name) ?? []
  if (share === undefined) return []
  const sharePercent = Number(share)
  if (instances === undefined) return mpsSettings(sharePercent)
  return [{ sharePercent, instances: Number(instances) }]
}

function mpsSettings(sharePercent: number): MpsSetting[] {
  return TRIED_INSTANCES.map((instances) => ({ sharePercent, instances }))
}

/** A plan of ours, which is served on streams if there is no MPS. */
export function ownContender(demand: Demand, name: string, plan: ServingPlan): Contender {
  if (plan.mechanism !== 'mps') return { name, plan }
  const onStreams = withoutMps(plan, totalCus(demand.device))
  return { name, plan, fallback: { name: `${name} without MPS`, plan: onStreams } }
}

/** Plain streams, under their name in `--rivals`. */
export function plainStreamsContender(demand: Demand): Contender {
  return { name: PLAIN_STREAMS, plan: plainStreams(demand) }
}

/** Processes without MPS, to which the driver gives the device in turns. */
export function timeSlices(demand: Demand): Contender {
  const plan = rivalPlan(demand, 'time-slices', {
    mechanism: 'time-slices',
    instances: 1,
    sharePercent: 100,
  })
  return { name: 'time-slices', plan }
}

/** MPS with the given settings. Those with the same share are ordered by their number of instances. */
export function mpsContenders(demand: Demand, settings: readonly MpsSetting[]): Contender[] {
  return [...settings]
    .sort((a, b) => b.sharePercent - a.sharePercent || a.instances - b.instances)
    .map(({ sharePercent, instances }) => {
      const name = `mps-${sharePercent}%-x${instances}`
      return { name, plan: rivalPlan(demand, name, { mechanism: 'mps', instances, sharePercent }) }
    })
}
