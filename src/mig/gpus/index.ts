import { describe, InputError } from '../../errors.js'
import type { PartitionableGpu } from '../gpu.js'
import { a30 } from './a30.js'
import { a100x40 } from './a100-40.js'
import { a100x80 } from './a100-80.js'
import { h100x80 } from './h100-80.js'
import { h200x141 } from './h200.js'
import { mi300x } from './mi300x.js'

/** Every GPU whose hardware partitions are known; adding one is its file and a line here. */
export const GPUS: readonly PartitionableGpu[] = [a30, a100x40, a100x80, h100x80, h200x141, mi300x]

/** @throws InputError for an unknown name */
export function findGpu(name: string): PartitionableGpu {
  const gpu = GPUS.find((candidate) => candidate.name === name.toLowerCase())
  if (gpu !== undefined) return gpu
  throw new InputError({
    file: '--gpu',
    path: '',
    expected: `one of ${GPUS.map((candidate) => candidate.name).join(', ')}`,
    found: describe(name),
  })
}
