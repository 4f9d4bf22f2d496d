import { cusOf } from '../device/device.js'
import { type Partition, partitionOf, windowOf } from '../device/partition.js'
import type { MaskedStream, PartitionedDevice } from './partitioned-device.js'

/**
 * Each group of the probe holds its compute unit long enough that the next group goes to another
 * one.
 */
const HOLD_US = 300
/** This many groups per compute unit are enough to reach all of them. */
const GROUPS_PER_CU = 8
/**
 * On a busy machine, a thread of a CPU device may get no group in one launch, but it gets one in a
 * later launch.
 */
const LAUNCHES = 8

/** Where the kernels of one partition were observed to run. */
export interface MaskObservation {
  readonly partition: Partition
  /** Compute units the mask should give. */
  readonly cus: number
  /** Numbers of the compute units that kernels ran on, ascending. */
  readonly units: readonly number[]
}

/** What a device's masks do, and whether that is correct. */
export interface MaskProof {
  readonly holds: boolean
  readonly observations: readonly MaskObservation[]
}

/**
 * Proves that masks work: kernels that report their compute unit run on as many units as their
 * partition has, and disjoint partitions share none.
 */
export function proveMasks(device: PartitionedDevice): MaskProof {
  const granules = device.granules.length
  const quarter = Math.max(1, Math.floor(granules / 4))
  const partitions = [
    windowOf(0, quarter, granules),
    windowOf(quarter, granules - quarter, granules),
    partitionOf(device.granules.keys()),
  ]
  const observations = observeAll(device, partitions)
  const [first, rest, whole] = observations
  const disjoint = new Set([...first.units, ...rest.units])
  return {
    observations,
    holds:
      observations.every(({ cus, units }) => units.length === cus) &&
      disjoint.size === whole.units.length,
  }
}

function observeAll(
  device: PartitionedDevice,
  partitions: readonly Partition[],
): MaskObservation[] {
  const pool = device.createPool(partitions)
  try {
    return pool.streams.map((stream) => observe(device, stream))
  } finally {
    pool.close()
  }
}

/**
 * The compute units that a stream's kernels reach, in as many launches as are needed to see as many as there should
 * be.
 */
export function observe(device: PartitionedDevice, stream: MaskedStream): MaskObservation {
  const { partition } = stream
  const cus = cusOf(device, partition)
  const seen = new Set<number>()
  for (let launch = 0; launch < LAUNCHES && seen.size < cus; launch++) {
    for (const unit of unitsOfLaunch(device, stream, cus)) seen.add(unit)
  }
  return { partition, cus, units: [...seen].sort((a, b) => a - b) }
}

/** The compute unit that each group of one launch ran on. */
function unitsOfLaunch(device: PartitionedDevice, stream: MaskedStream, cus: number): Uint32Array {
  const groups = GROUPS_PER_CU * cus * device.cu.blocks
  const units = device.createBuffer(groups)
  const ticks = Math.round(HOLD_US * device.ticksPerUs)
  stream.launch({ kernel: 'locate', groups, groupSize: 1, args: [units, ticks] })
  const numbers = units.read()
  units.free()
  return numbers
}
