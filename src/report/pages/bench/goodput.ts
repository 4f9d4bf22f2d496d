import type { DemandContest } from '../../../bench/demand/contest.js'
import type { Measurement } from '../../../bench/demand/measure.js'
import { MOST_LAG_MS } from '../../../sender-lag.js'
import { fixed, percent } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** One row for each contender: what it carried, and reasons why that may mean little. */
export function goodputTable({ results }: DemandContest, style: TableStyle): string {
  const head = ['contender', 'goodput\n99%', 'goodput\n95%', 'loads', 'power W', 'note']
  const rows = results.map(({ name, goodput, goodput95, measurements, failed }) => [
    name,
    fixed(measurements.length > 0 ? goodput : Number.NaN, 3),
    fixed(measurements.length > 0 ? goodput95 : Number.NaN, 3),
    measurements
      .map(({ load, models }) => {
        const least = Math.min(...models.map(({ inTime, offered }) => inTime / offered))
        return `${fixed(load, 2)}:${percent(least)}`
      })
      .join(' '),
    fixed(measurements.at(-1)?.powerW ?? Number.NaN, 0),
    failed ?? heldUp(measurements),
  ])
  return textTable(head, rows, style)
}

/** Reports windows in which requests were sent so late that they measured the host, even after repeats. */
function heldUp(measurements: readonly Measurement[]): string {
  const late = measurements.filter(({ senderLagMs }) => senderLagMs > MOST_LAG_MS)
  if (late.length === 0) return ''
  const most = Math.max(...late.map(({ senderLagMs }) => senderLagMs))
  const windows = `${late.length} of ${measurements.length} windows`
  return `a busy host: in ${windows} requests left up to ${fixed(most, 1)} ms late (p99)`
}
