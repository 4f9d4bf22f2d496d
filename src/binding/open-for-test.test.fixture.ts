import { attempt, WorkError } from '../errors.js'
import type { Binding } from './devices.js'
import type { PartitionedDevice } from './partitioned-device.js'

/** In tests, PoCL has as many compute units as an MI50. It reads this variable when it is first opened. */
process.env.POCL_MAX_PTHREAD_COUNT ??= '60'

/** The device of a binding, or the reason in one line why this machine has none. */
export type TestDevice = { readonly device: PartitionedDevice } | { readonly missing: string }

/** Opens a binding for tests. A missing device is a reason to skip tests, not to fail. */
export function openForTest(binding: Binding): TestDevice {
  const opened = attempt(binding.open)
  return opened instanceof WorkError ? { missing: opened.message } : { device: opened }
}
