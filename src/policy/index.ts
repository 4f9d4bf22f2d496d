import { lookUpIn, type Registry, registryOf } from '../registry.js'
import { baseline } from './baseline.js'
import { eclip } from './eclip.js'
import { equal } from './equal.js'
import { kernelWiseIoctl } from './kernel-wise-ioctl.js'
import { kernelWisePrealloc } from './kernel-wise-prealloc.js'
import { krisp } from './krisp.js'
import { modelWise } from './model-wise.js'
import type { Policy } from './policy.js'
import { windows } from './windows/index.js'

/** Every policy. */
export const policies: Registry<Policy> = registryOf([
  baseline,
  equal,
  modelWise,
  kernelWiseIoctl,
  kernelWisePrealloc,
  krisp,
  eclip,
  windows,
])

/**
 * A policy by name.
 * @param asked where the name was given, for the error
 * @throws InputError naming the policies there are
 */
export function policyNamed(name: string, asked = 'policy'): Policy {
  return lookUpIn(policies, name, asked)
}
