import { presentGpus } from '../binding/devices.js'
import { defaultDevice } from '../device/default-device.js'
import { isShorthandDemand, loadDemand } from '../io/demand.js'
import { ownDevices } from '../io/library.js'
import { formatOf, isFileThere } from '../io/read.js'
import { loadScenario, mixOf } from '../io/scenario.js'
import { demandOfScenario } from '../io/workload-demand.js'
import type { Demand } from '../workload/demand.js'
import type { Scenario } from '../workload/scenario.js'
import { note } from './command.js'

/** What `<workload>` accepts, for help. */
export const WORKLOAD_HELP = 'a workload file, or a mix: vgg19/8+2*albert/1, resnet152+vgg19@32'

/**
 * The scenario of a workload file or a mix. A mix names no device, so the device is the one given
 * by `--device` or the default. If it is not obvious which one was taken, a note on stderr says so.
 */
export function scenarioOf(workload: string, device: string | undefined): Scenario {
  const isNamed = device !== undefined || mixOf(workload) === undefined
  return loadScenario(workload, isNamed ? device : meantDevice())
}

/** The demand in a file or in shorthand, on the device that {@link scenarioOf} would choose. */
export function demandOf(demand: string, device?: string): Demand {
  const isNamed = device !== undefined || !isShorthandDemand(demand)
  return loadDemand(demand, isNamed ? device : meantDevice())
}

/**
 * The demand in a file or in shorthand, or the demand that a workload or a mix amounts to, on the device as above.
 */
export function demandOrWorkloadOf(text: string, device?: string): Demand {
  const isWorkload = isFileThere(text)
    ? formatOf(text)?.startsWith('eclip.workload/') === true
    : !isShorthandDemand(text) && mixOf(text) !== undefined
  return isWorkload ? demandOfScenario(scenarioOf(text, device)) : demandOf(text, device)
}

/** The name of the default device. */
export function meantDevice(): string {
  const { name, reason } = defaultDevice(ownDevices(), presentGpus)
  if (reason !== undefined) note(`device: ${name} (${reason})`)
  return name
}
