import type { PartitionedDevice } from '../binding/partitioned-device.js'

/** Threads of a group in kernels that load whole compute units. */
export const GROUP_SIZE = 256

/** Number of groups that fill a compute unit with threads. */
export function groupsPerCu({ cu }: PartitionedDevice): number {
  return Math.max(1, Math.floor(cu.threads / GROUP_SIZE))
}
