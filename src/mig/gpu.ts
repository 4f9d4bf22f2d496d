/** Why a profile exists beside the plain one of its size. */
export type ProfileRole = 'standard' | 'media' | 'double-memory'

/** One kind of GPU instance: what it holds and where it may start. */
export interface PartitionProfile {
  /** As `nvidia-smi mig -lgip` names it; on AMD the compute partition mode. */
  readonly name: string
  /** GPU instance profile id of `nvidia-smi mig -cgi`; absent on AMD. */
  readonly id?: number
  readonly role: ProfileRole
  /** Slices of compute: GPCs' worth on NVIDIA, XCDs on AMD. */
  readonly computeSlices: number
  /** Slices of memory the instance covers, from its start. */
  readonly memorySlices: number
  /** Memory as the profile's name gives it, GB. */
  readonly memoryGb: number
  /** Compute units (SMs or CUs). */
  readonly cus: number
  /** Memory slices at which it may start. */
  readonly starts: readonly number[]
  /** Most instances of it on one GPU. */
  readonly limit: number
}

/** GPUs of one plan: more take an hour to lay out, and are as many times as few. */
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
  /** Where each fact comes from, and what is inferred. */
  readonly provenance: readonly string[]
}

/** Whether its partitions are MIG's, which NVIDIA's tools set up. */
export function hasMig({ vendor }: PartitionableGpu): boolean {
  return vendor === 'nvidia'
}

/** The profiles a planner chooses from: one per size, no media engines, no extra memory. */
export function standardProfiles(gpu: PartitionableGpu): readonly PartitionProfile[] {
  return gpu.profiles.filter((profile) => profile.role === 'standard')
}

/** The largest standard profile: the whole GPU as one partition. */
export function wholeProfile(gpu: PartitionableGpu): PartitionProfile {
  const profiles = standardProfiles(gpu)
  return profiles[profiles.length - 1]
}
