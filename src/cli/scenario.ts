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

/** What `<workload>` takes, for help. */
export const WORKLOAD_HELP = 'a workload file, or a mix: vgg19/8+2*albert/1, resnet152+vgg19@32'

/**
 * The scenario of a workload file or a mix, on the device that the user names with `--device` or
 * means: a mix names none. Says on stderr which device it took where that is not obvious.
 */
export function scenarioOf(workload: string, device: string | undefined): Scenario {
  const isNamed = device !== undefined || mixOf(workload) === undefined
  return loadScenario(workload, isNamed ? device : meantDevice())
}

/** The demand of a file, or of what is written out, on the device as {@link scenarioOf} takes it. */
export function demandOf(demand: string, device?: string): Demand {
  const isNamed = device !== undefined || !isShorthandDemand(demand)
  return loadDemand(demand, isNamed ? device : meantDevice())
}

/** The demand of a file or of what is written out, or what a workload or a mix demands, on a device as for the others. */
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
