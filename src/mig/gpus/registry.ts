import { lookUpIn, type Registry, registryOf } from '../../registry.js'
import type { PartitionableGpu } from '../gpu.js'
import { a30 } from './a30.js'
import { a100x40 } from './a100-40.js'
import { a100x80 } from './a100-80.js'
import { h100x80 } from './h100-80.js'
import { h200x141 } from './h200.js'
import { mi300x } from './mi300x.js'

/** Every GPU whose hardware partitions are known. */
export const gpus: Registry<PartitionableGpu> = registryOf([
  a30,
  a100x40,
  a100x80,
  h100x80,
  h200x141,
  mi300x,
])

/**
 * A GPU by name, in upper or lower case.
 * @param asked where the name was given, for the error
 * @throws InputError listing the known GPUs
 */
export function gpuNamed(name: string, asked = 'gpu'): PartitionableGpu {
  const lowered = String(name).toLowerCase()
  return lookUpIn(gpus, gpus.has(lowered) ? lowered : name, asked)
}
