import { describe, InputError } from '../../errors.js'
import { gpulet } from './gpulet.js'
import { gslice } from './gslice.js'
import { homogeneous } from './homogeneous.js'
import { paris } from './paris.js'
import type { Partitioner } from './partitioner.js'
import { parvagpu } from './parvagpu.js'
import { randomLayouts } from './random-layouts.js'

/** Every partitioner offered; adding one is its file and a line here. */
export const PARTITIONERS: readonly Partitioner[] = [
  paris,
  homogeneous,
  randomLayouts,
  gpulet,
  gslice,
  parvagpu,
]

/** @throws InputError for an unknown name */
export function findPartitioner(name: string): Partitioner {
  const partitioner = PARTITIONERS.find((candidate) => candidate.name === name)
  if (partitioner !== undefined) return partitioner
  throw new InputError({
    file: '--partitioner',
    path: '',
    expected: `one of ${PARTITIONERS.map((candidate) => candidate.name).join(', ')}`,
    found: describe(name),
  })
}
