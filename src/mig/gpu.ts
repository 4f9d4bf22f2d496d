/** Why a profile exists besides the plain one of its size. */
export type ProfileRole = 'standard' | 'media' | 'double-memory'

/** One kind of GPU instance: its resources, and where it may start. */
export interface PartitionProfile {
  /** Its name in `nvidia-smi mig -lgip`; on AMD, the compute partition mode. */
  readonly name: string
  /** GPU instance profile id of `nvidia-smi mig -cgi`; absent on AMD. */
  readonly id?: number
  readonly role: ProfileRole
  /** Slices of compute, which are GPCs on NVIDIA and XCDs on AMD. */
  readonly computeSlices: number
  /** Number of memory slices that the instance covers from its start. */
  readonly memorySlices: number
  /** Memory as given in the profile's name, in GB. */
  readonly memoryGb: number
  /** Compute units (SMs or CUs). */
  readonly cus: number
  /** Memory slices at which it may start. */
  readonly starts: readonly number[]
  /** The most instances of it on one GPU. */
  readonly limit: number
}

/** The most GPUs in one plan: more take an hour to lay out, and can be planned as several times fewer. */
export const MOST_GPUS = 64

/** A GPU that can be partitioned in hardware, as data. */
export interface PartitionableGpu {
  readonly name: string
  readonly title: string
  readonly vendor: 'nvidia' | 'amd'
  readonly computeSlices: number
  readonly memorySlices: number
  readonly memoryGb: number
  /** Compute units of the whole GPU with partitioning off. */
  readonly cus: number
  /** `free`: instances of different profiles mix; `uniform`: all partitions are alike. */
  readonly mixing: 'free' | 'uniform'
  /** From small to large. */
  readonly profiles: readonly PartitionProfile[]
  /** The source of each fact, and what is inferred. */
  readonly provenance: readonly string[]
}

/** Whether its partitions are MIG's, which NVIDIA's tools set up. */
export function hasMig({ vendor }: PartitionableGpu): boolean {
  return vendor === 'nvidia'
}

/** The profiles among which a planner chooses: one per size, without media engines or extra memory. */
export function standardProfiles(gpu: PartitionableGpu): readonly PartitionProfile[] {
  return gpu.profiles.filter((profile) => profile.role === 'standard')
}

/** The largest standard profile: the whole GPU as one partition. */
export function wholeProfile(gpu: PartitionableGpu): PartitionProfile {
  const profiles = standardProfiles(gpu)
  return profiles[profiles.length - 1]
}
