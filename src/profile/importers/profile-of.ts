import type { Device } from '../../device/device.js'
import { InputError } from '../../errors.js'
import { distinctAscending, sum } from '../../numbers.js'
import { printable } from '../../printable.js'
import type { Kernel, Profile } from '../profile.js'
import { requestOf, type TracedRequest } from './requests.js'
import { scaledDurations } from './scale.js'
import type { Trace, TracedKernel } from './trace.js'

/** What a trace does not say about its model. */
export interface Imported {
  readonly model: string
  readonly batch: number
  /** How many requests the trace contains. If absent, this is detected. */
  readonly requests?: number | undefined
}

/** A profile made from a trace, and what was found in the trace. */
export interface ImportedProfile {
  readonly profile: Profile
  readonly request: TracedRequest
  /** Total time of its kernels, one after another and without gaps, in µs. */
  readonly kernelsUs: number
}

/**
 * The profile of a traced model: its kernels one after another, with durations on fewer compute units
 * from the wave model. It has no latency of the whole request, because between the kernels of a
 * traced program the host launches them one by one, which a captured graph does not need.
 * @param file name of the trace in errors
 * @throws InputError if the trace shows several GPUs, or no request that repeats
 */
export function profileOfTrace(
  trace: Trace,
  device: Device,
  { model, batch, requests }: Imported,
  file: string,
): ImportedProfile {
  checkOneGpu(trace, file)
  const request = requestOf(trace, requests, file)
  const profile: Profile = {
    format: 'eclip.profile/1',
    model,
    batch,
    device: device.name,
    source: 'imported',
    description: `Kernels as ${trace.tool} recorded them, median of ${request.requests} requests; durations on fewer compute units by the wave model.`,
    kernels: request.kernels.map((kernel) => importedKernel(kernel, device)),
  }
  const kernelsUs = sum(request.kernels.map(({ durationUs }) => durationUs))
  return { profile, request, kernelsUs }
}

/** A profiler's clock may report a very short kernel as taking no time at all. */
const SHORTEST_US = 0.001
const NAME_LENGTH = 80

function importedKernel(traced: TracedKernel, device: Device): Kernel {
  const kernel = {
    name: printable(traced.name).slice(0, NAME_LENGTH),
    grid: [...traced.grid] as Kernel['grid'],
    block: [...traced.block] as Kernel['block'],
    registers: traced.registers,
    sharedMemoryBytes: traced.sharedMemoryBytes,
  }
  const wholeUs = Math.max(SHORTEST_US, traced.durationUs)
  return { ...kernel, durationUs: scaledDurations(device, { ...kernel, wholeUs }) }
}

function checkOneGpu({ kernels }: Trace, file: string): void {
  const gpus = distinctAscending(kernels.map(({ gpu }) => gpu))
  if (gpus.length === 1) return
  throw new InputError({ file, expected: 'kernels of one GPU', found: `of ${gpus.join(', ')}` })
}
