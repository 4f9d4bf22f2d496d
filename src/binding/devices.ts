import { attempt, WorkError } from '../errors.js'
import { cudaDeviceName, openCudaDevice } from './cuda/device.js'
import { hipDeviceName, openHipDevice } from './hip/device.js'
import { openOpenClDevice } from './opencl/device.js'
import type { PartitionedDevice } from './partitioned-device.js'
import { unlessMissing } from './unless-missing.js'

/** A vendor's binding: opens its first device, or says in one line why there is none. */
export interface Binding {
  readonly name: 'cuda' | 'hip' | 'opencl'
  readonly open: () => PartitionedDevice
}

/** Every binding, GPUs first. To add one: a folder like these, and a line here. */
export const BINDINGS: readonly Binding[] = [
  { name: 'cuda', open: openCudaDevice },
  { name: 'hip', open: openHipDevice },
  { name: 'opencl', open: openOpenClDevice },
]

/**
 * Opens the first device that exists, in the order of {@link BINDINGS}, or the device of one
 * binding.
 *
 * @throws WorkError saying, for each binding tried, why it has no device
 */
export function openDevice(name?: Binding['name']): PartitionedDevice {
  const reasons: string[] = []
  for (const binding of BINDINGS) {
    if (name !== undefined && binding.name !== name) continue
    const opened = attempt(binding.open)
    if (!(opened instanceof WorkError)) return opened
    reasons.push(opened.message)
  }
  throw new WorkError(`no device to run on: ${reasons.join('; ')}`)
}

/** The drivers' names for the GPUs of this machine that {@link openDevice} would open. */
export function presentGpus(): string[] {
  return [cudaDeviceName, hipDeviceName].flatMap((nameOf) => unlessMissing(nameOf) ?? [])
}
