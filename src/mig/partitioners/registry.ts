import { lookUpIn, type Registry, registryOf } from '../../registry.js'
import { gpulet } from './gpulet.js'
import { gslice } from './gslice.js'
import { homogeneous } from './homogeneous.js'
import { paris } from './paris.js'
import { parisPrinted } from './paris-printed.js'
import type { Partitioner } from './partitioner.js'
import { parvagpu } from './parvagpu.js'
import { randomLayouts } from './random-layouts.js'

/** Every partitioner. */
export const partitioners: Registry<Partitioner> = registryOf([
  paris,
  parisPrinted,
  homogeneous,
  randomLayouts,
  gpulet,
  gslice,
  parvagpu,
])

/**
 * A partitioner by name.
 * @param asked where the name was given, for the error
 * @throws InputError listing the existing partitioners
 */
export function partitionerNamed(name: string, asked: string): Partitioner {
  return lookUpIn(partitioners, name, asked)
}
