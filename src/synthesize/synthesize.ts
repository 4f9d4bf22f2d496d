import { type Device, offeredCus, totalCus } from '../device/device.js'
import { distinctAscending } from '../numbers.js'
import type { Kernel, Profile } from '../profile/profile.js'
import { lookUpIn } from '../registry.js'
import { cuda } from './cuda.js'
import { type Framework, launchesOf } from './framework.js'
import type { Launch } from './launch.js'
import { networks } from './networks/registry.js'
import { rocm } from './rocm.js'
import { durationUs, type Roofline } from './roofline.js'
import { rooflines } from './rooflines.js'

const frameworks: ReadonlyMap<string, Framework> = new Map([
  ['mi50', rocm],
  ['h200', cuda],
  ['h100', cuda],
  ['a100', cuda],
  ['l40s', cuda],
  ['b200', cuda],
  ['orin', cuda],
])

/** Models and devices that `synthesize` knows. */
export const synthesizableModels = [...networks.keys()]
export const synthesizableDevices = [...frameworks.keys()]

/** What durations and kernels are computed with. */
export interface SynthesisOptions {
  /** The device of the tables whose compute units and framework the device has. If absent, the one of its name. */
  readonly like?: string | undefined
  /** If absent, that of the device in the tables. */
  readonly roofline?: Roofline | undefined
}

/**
 * A profile made from nothing but the layers of a network: kernels follow from the framework's launch
 * rules, and durations in µs from the roofline, from waves of thread blocks and from the least time of a
 * launch. Nothing in it is measured.
 * @throws InputError for a model or device without tables
 */
export function synthesize(
  model: string,
  batch: number,
  device: Device,
  { like = device.name, roofline = lookUpIn(rooflines, like, 'device') }: SynthesisOptions = {},
): Profile {
  const { operations } = lookUpIn(networks, model, 'model')
  const framework = lookUpIn(frameworks, like, 'device')
  const context = { batch, cus: totalCus(device) }
  const launches = operations()
    .flatMap((operation) => launchesOf(framework, operation, context))
    .map((launch) => fitting(launch, device))
  const counts = cuCounts(device)
  return {
    format: 'eclip.profile/1',
    model,
    batch,
    device: device.name,
    source: 'synthesized',
    description: 'kernels from the layers, durations by roofline; see docs/reproduce.md',
    dtype: framework.dtype,
    input: model === 'albert' ? 'tokens 128' : '3x224x224',
    software: { ...framework.software },
    kernels: launches.map((launch) => kernelOf(launch, counts, device, roofline)),
  }
}

/** The launch, with no more shared memory than a block can have, because libraries choose smaller tiles there. */
function fitting(launch: Launch, { cu }: Device): Launch {
  return { ...launch, sharedMemoryBytes: Math.min(launch.sharedMemoryBytes, cu.sharedMemoryBytes) }
}

function kernelOf(
  launch: Launch,
  counts: readonly number[],
  device: Device,
  roofline: Roofline,
): Kernel {
  const us = (cus: number): number => round(durationUs(launch, cus, device, roofline))
  return {
    name: launch.name,
    grid: launch.grid,
    block: launch.block,
    registers: launch.registers,
    sharedMemoryBytes: launch.sharedMemoryBytes,
    durationUs: Object.fromEntries(counts.map((cus) => [cus, us(cus)])),
    dramBytes: Math.round(launch.bytes),
  }
}

/** Rounded to hundredths of a µs, as profiles are. */
function round(us: number): number {
  return Math.round(us * 100) / 100
}

/** A few small counts, then those of runs of granules; twelve counts if a device has many granules. */
function cuCounts(device: Device): number[] {
  const total = totalCus(device)
  const { granules } = device
  const steps =
    granules.length <= 16
      ? offeredCus(device)
      : Array.from({ length: 12 }, (_, i) => Math.round((total * (i + 1)) / 12))
  return distinctAscending([1, 2, 4, 8, ...steps]).filter((n) => n <= total)
}
