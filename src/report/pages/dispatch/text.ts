import type { DeviceIdentity } from '../../../binding/partitioned-device.js'
import type { DispatchCosts } from '../../../characterize/dispatch.js'
import { fixed } from '../../kit/format.js'
import { type TableStyle, textTable } from '../../kit/text-table.js'

/** The costs of a plan's switches on a device. */
interface DispatchResult extends DispatchCosts {
  readonly device: DeviceIdentity
  /** The policy that made the plan. */
  readonly plan: string
}

/** One row for the requests of each worker, then what every kernel would cost without a pool. */
export function dispatchText(
  { device, plan, workers, maskUs }: DispatchResult,
  style: TableStyle,
): string {
  const head = [
    'a request of',
    'kernels',
    'switches',
    'barriers',
    'us/kernel\nas planned',
    'us/kernel\non one stream',
    'us/switch',
  ]
  const rows = workers.map((worker) => [
    worker.name,
    `${worker.kernels}`,
    fixed(worker.switches, 1),
    fixed(worker.barriers, 1),
    fixed(worker.plannedUsPerKernel, 2),
    fixed(worker.homeUsPerKernel, 2),
    fixed(worker.usPerSwitch ?? Number.NaN, 1),
  ])
  return [
    `${plan} on ${device.name}`,
    textTable(head, rows, style),
    `Without a pool, every kernel would first wait ${fixed(maskUs, 0)} us for a masked stream.`,
  ].join('\n')
}
