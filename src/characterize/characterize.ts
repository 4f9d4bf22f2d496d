import type { DeviceIdentity, PartitionedDevice } from '../binding/partitioned-device.js'
import type { QueueLoad } from '../device/queue-load.js'
import { measureBandwidthGBps } from './bandwidth.js'
import { type LaunchCosts, measureLaunchCosts } from './launch.js'
import { measurePoolCreation, type PoolCreation } from './pool-creation.js'
import { measurePower, type PowerLevels } from './power.js'
import { measureQueues } from './queues.js'
import type { Scale } from './scale.js'
import { measureSwitchTable, type SwitchCost } from './switching.js'

/** Everything measured on a device. */
export interface Characterization {
  readonly identity: DeviceIdentity
  readonly granules: PartitionedDevice['granules']
  readonly cu: PartitionedDevice['cu']
  readonly priorityLevels: number
  readonly limitW: number | undefined
  readonly power: PowerLevels | undefined
  readonly poolCreation: PoolCreation
  readonly launch: LaunchCosts
  readonly switchTable: readonly SwitchCost[]
  readonly queues: readonly QueueLoad[]
  readonly bandwidthGBps: number
}

/** Measures a device that nothing else uses, which takes about half a minute on a GPU. */
export function characterize(
  device: PartitionedDevice,
  scale: Scale,
  progress: (text: string) => void,
): Characterization {
  const step = <T>(text: string, measure: () => T): T => {
    progress(text)
    return measure()
  }
  return {
    identity: device.identity,
    granules: device.granules,
    cu: device.cu,
    priorityLevels: device.priorityLevels,
    limitW: device.energyMeter?.limitW(),
    power: step('power', () => measurePower(device, scale)),
    poolCreation: step('pool creation', () => measurePoolCreation(device, scale.poolRounds)),
    launch: step('launch gap', () => measureLaunchCosts(device, scale)),
    switchTable: measureSwitchTable(device, scale, progress),
    queues: step('queues', () => measureQueues(device, scale)),
    bandwidthGBps: step('bandwidth', () => measureBandwidthGBps(device, scale)),
  }
}
