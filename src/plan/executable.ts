import type { Partition } from '../device/partition.js'
import { InputError } from '../errors.js'
import { isPooled, type Plan } from './plan.js'

/** Why a device cannot make streams for plans of other mechanisms. */
const WITHOUT_POOL: Readonly<Record<Exclude<Plan['mechanism'], 'pooled'>, string>> = {
  mps: 'which has no streams',
  mig: 'whose instances an administrator makes',
  'mask-call': 'which only the simulator and eclip bench have',
  hardware: 'which only the simulator has',
}

/**
 * The partitions of a plan's pool, so that a device can make streams of them.
 * @throws InputError if the plan has no pooled streams: only the simulator can place partitions at
 * dispatch, masks set before every kernel need no pool, and shares belong to processes
 */
export function pooledPartitions({ pool, mechanism, evidence }: Plan): Partition[] {
  const refuse = (path: string, expected: string, found: string): never => {
    throw new InputError({ file: `the plan of ${evidence.policy}`, path, expected, found })
  }
  if (mechanism !== 'pooled')
    refuse('mechanism', 'pooled', `${mechanism}, ${WITHOUT_POOL[mechanism]}`)
  return pool.map((entry, i) => {
    if (isPooled(entry)) return entry.granules
    const found = `${entry.cus} CUs placed at dispatch, which only the simulator does`
    return refuse(`pool[${i}]`, 'granules', found)
  })
}
