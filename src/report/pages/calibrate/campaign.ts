import { sum } from '../../../numbers.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** Mixes to measure for a calibration. */
interface CampaignOutline {
  /** Name of the device. */
  readonly device: string
  readonly mixes: readonly {
    readonly mix: string
    /** The policy of each plan that would run. */
    readonly plans: readonly string[]
    /** What measuring it would tell of the parameters, in nats. */
    readonly information: number
    readonly seconds: number
  }[]
  readonly seconds: number
}

/** One row for each mix, then what all of them take. */
export function campaignText(
  { device, mixes, seconds }: CampaignOutline,
  style: TableStyle,
): string {
  const rows = mixes.map(({ mix, plans, information, seconds }) => [
    mix,
    `${plans.length}`,
    information.toFixed(2),
    seconds.toFixed(0),
  ])
  const table = textTable(['mix', 'plans', 'tells', 's'], rows, style)
  const points = sum(mixes.map(({ plans }) => plans.length))
  return `${table}\n${points} points on ${device}, about ${(seconds / 60).toFixed(1)} minutes; tells: nats of information about the parameters`
}
