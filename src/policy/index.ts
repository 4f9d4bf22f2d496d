import { describe, InputError } from '../errors.js'
import { baseline } from './baseline.js'
import { eclip } from './eclip.js'
import { equal } from './equal.js'
import { kernelWiseIoctl } from './kernel-wise-ioctl.js'
import { kernelWisePrealloc } from './kernel-wise-prealloc.js'
import { krisp } from './krisp.js'
import { modelWise } from './model-wise.js'
import type { Policy } from './policy.js'
import { windows } from './windows/index.js'

/** Every policy by name, in the order of tables. To add one: its file, and a line here. */
export const policies: ReadonlyMap<string, Policy> = new Map(
  [baseline, equal, modelWise, kernelWiseIoctl, kernelWisePrealloc, krisp, eclip, windows].map(
    (policy) => [policy.name, policy],
  ),
)

/**
 * A policy by name.
 * @param flag where the name was given, for the error
 * @throws InputError naming the policies there are
 */
export function policyNamed(name: string, flag = '--policy'): Policy {
  const policy = policies.get(name)
  if (policy) return policy
  const expected = `one of ${[...policies.keys()].join(', ')}`
  throw new InputError({ file: flag, path: '', expected, found: describe(name) })
}
