import type { Device } from '../device/device.js'
import { lookUpIn, type Registry, registryOf } from '../registry.js'
import { baseline } from './baseline.js'
import { best } from './best.js'
import { eclip } from './eclip.js'
import { equal } from './equal.js'
import { kernelWiseIoctl } from './kernel-wise-ioctl.js'
import { kernelWisePrealloc } from './kernel-wise-prealloc.js'
import { krisp } from './krisp.js'
import { krispI } from './krisp-i.js'
import { mig } from './mig.js'
import { modelWise } from './model-wise.js'
import { mps } from './mps.js'
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
  krispI,
  eclip,
  windows,
  mps,
  mig,
  best,
])

/** Policies that a comparison on a device shows if none are named: those that make their own plans for it. */
export function comparedPolicies(device: Device): Policy[] {
  return [...policies.values()].filter(
    ({ runsOn, choosesAmong, compared }) =>
      runsOn?.(device) !== false && choosesAmong === undefined && compared === undefined,
  )
}

/**
 * A policy by name.
 * @param asked where the name was given, for the error
 * @throws InputError listing the existing policies
 */
export function policyNamed(name: string, asked = 'policy'): Policy {
  return lookUpIn(policies, name, asked)
}
