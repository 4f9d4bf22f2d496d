import type { Characterization } from '../../../characterize/characterize.js'
import type { SwitchCost } from '../../../characterize/switching.js'
import { HOGS, type Hogs } from '../../../device/hogs.js'
import { queueKnee } from '../../../device/queue-load.js'
import type { CheckedShare } from '../../../torch/mps-shares.js'
import { significant } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** Everything measured on a device, with what processes that run PyTorch found, where there were any. */
export interface Characterized extends Characterization {
  /** How hogs interfere. */
  readonly hogs?: Hogs | undefined
  /** Under which shares of MPS libraries compute correct results. */
  readonly mpsShares?: readonly CheckedShare[] | undefined
}

/** What was measured, one figure a line, then the costs of switches and the findings of processes. */
export function characterizationText(measured: Characterized, style: TableStyle): string {
  const { identity, poolCreation, launch, power, bandwidthGBps, queues } = measured
  const lines = [
    `${identity.name}`,
    `creating a masked stream  ${us(poolCreation.meanUs)} (worst ${us(poolCreation.worstUs)})`,
    `switch, alone             ${us(launch.switchUs)}`,
    `gap between kernels       ${us(launch.gapUs)}`,
    `host turnaround           ${us(launch.hostTurnaroundUs)}`,
    `streams side by side      ${queueKnee(queues)}`,
    `memory bandwidth          ${bandwidthGBps.toFixed(0)} GB/s`,
    power === undefined
      ? 'power                     not metered'
      : `power                     idle ${watts(power.idleW)}, one CU ${watts(power.oneCuW)}, all CUs ${watts(power.allCusW)}, copying ${watts(power.copyW)}`,
    '',
    switchTable(measured.switchTable, style),
    ...(measured.hogs ? [hogTable(measured.hogs, style)] : []),
    ...(measured.mpsShares ?? []).map(shareText),
  ]
  return lines.join('\n')
}

function shareText({ percent, wrong }: CheckedShare): string {
  const said = wrong.length === 0 ? 'computes right' : `WRONG: ${wrong.join(', ')}`
  return `MPS at ${`${percent}%`.padStart(4)}               ${said}`
}

/** Microseconds per kernel: a row for each shape, a column for each period, and a column without switches. */
function switchTable(costs: readonly SwitchCost[], style: TableStyle): string {
  const switching = costs.filter(({ period }) => period !== null)
  const periods = [...new Set(switching.map(({ period }) => period))]
  const shapes = [...new Set(switching.map(shapeOf))]
  const rows = shapes.map((shape) => {
    const row = switching.filter((cost) => shapeOf(cost) === shape)
    const quiet = costs.find(({ workers, period }) => workers === row[0].workers && period === null)
    return [shape, ...[...row, quiet].map((cost) => cost?.usPerKernel.toFixed(1) ?? '')]
  })
  const head = ['us per kernel, by kernels\nbetween switches', ...periods.map(String), 'none']
  return textTable(head, rows, style)
}

/** Slowdown factors of hogs beside each other: a row for each hog, a column for each hog beside it. */
function hogTable({ pressure }: Hogs, style: TableStyle): string {
  const rows = HOGS.map((hog) => [hog, ...HOGS.map((other) => pressure[hog][other].toFixed(2))])
  return textTable(['times as long as alone,\nbeside on other CUs', ...HOGS], rows, style)
}

function shapeOf({ workers, contexts }: SwitchCost): string {
  return `${workers} x ${contexts} streams`
}

function us(value: number): string {
  return `${significant(value)} us`
}

function watts(value: number): string {
  return `${value.toFixed(0)} W`
}
