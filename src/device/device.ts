import { z } from 'zod'
import { sum } from '../numbers.js'
import { type Partition, windowOf } from './partition.js'

const positive = z.number().positive()
const nonNegative = z.number().nonnegative()
const count = z.number().int().positive()

const granule = z.strictObject({
  cus: count.describe('compute units in the granule'),
  cluster: z.number().int().nonnegative().describe('shader engine, XCD or GPC it belongs to'),
  maxClusterBlocks: count
    .optional()
    .describe('largest thread-block cluster it can run; absent: any'),
})

/** What one compute unit holds at a time; a kernel's occupancy follows from it. */
const cuLimits = z.strictObject({
  threads: count,
  blocks: count,
  registers: count.describe('32-bit registers'),
  sharedMemoryBytes: count,
  warpSize: count,
})

const costs = z.strictObject({
  maskCallUs: z
    .strictObject({ mean: nonNegative, worst: nonNegative })
    .describe('changing the mask of a live queue (an ioctl on AMD)'),
  hardwareMaskUs: nonNegative.describe(
    'a partition chosen by the command processor, as KRISP proposes',
  ),
  switchUs: nonNegative.describe('one switch between pooled streams, the device otherwise quiet'),
  barrierUs: nonNegative.describe('a barrier packet on a predecessor that is still running'),
  launchGapUs: nonNegative.describe('between dependent kernels of one worker, alone'),
  sharedLaunchGapUs: nonNegative
    .optional()
    .describe('added to the gap while any other worker is active'),
  launchGapPerWorkerUs: nonNegative.describe(
    'added to the gap by each other active worker that loads the device',
  ),
  shortestKernelUs: nonNegative
    .optional()
    .describe('what even the shortest kernel takes, on any number of compute units'),
  hostTurnaroundUs: nonNegative.describe('from the end of a request to the start of the next'),
  hostLaunchUs: nonNegative
    .optional()
    .describe('between launches of one request by the host; 0 where it is launched as a whole'),
  streamOverloadUs: nonNegative.describe('per kernel, for each masked stream past the queue limit'),
})

const contention = z.strictObject({
  knee: positive
    .optional()
    .describe(
      'load per compute unit at which resident blocks start to slow each other down noticeably',
    ),
  memory: nonNegative
    .optional()
    .describe('slowdown of a memory-bound kernel when others ask for the whole memory bandwidth'),
  memoryFloor: nonNegative
    .optional()
    .describe('how memory-bound every kernel is at least, 0..1: all share the L2 cache'),
  loadTraffic: nonNegative
    .optional()
    .describe(
      'share of the bandwidth that a fully loaded device asks for besides what memory-bound kernels do',
    ),
  foreignLoad: nonNegative
    .optional()
    .describe(
      "how much of other kernels' load on a compute unit counts: different kernels fill each other's stalls",
    ),
  coldStartUs: nonNegative
    .optional()
    .describe(
      "added to a kernel's first blocks where a compute unit last ran another model's code, in µs",
    ),
})
const power = z.strictObject({
  idleW: nonNegative,
  activeW: nonNegative.describe('added once any kernel runs: clocks, uncore, memory'),
  cuBusyW: nonNegative.describe('added per compute unit that holds a block'),
  cuWorkW: nonNegative.optional().describe('added per compute unit at full throughput'),
  memoryBusyW: nonNegative.describe('added at full memory bandwidth'),
  sharedEnergyShare: nonNegative
    .optional()
    .describe('more energy of a request, as a share, when all other activity is of other workers'),
  limitW: positive,
})

export const deviceSchema = z
  .strictObject({
    format: z.literal('eclip.device/1'),
    name: z.string().min(1),
    vendor: z.enum(['nvidia', 'amd', 'cpu']),
    driverName: z.string().min(1).optional().describe('what the driver calls it: NVIDIA H200'),
    date: z.iso.datetime().optional().describe('when it was measured'),
    software: z.record(z.string(), z.string()).optional().describe('versions: driver, CUDA'),
    granules: z.array(granule).min(1),
    poolUnit: z
      .enum(['granule', 'cluster'])
      .describe('what pooled streams are made of: ECLIP gives whole shader engines on the MI50'),
    queueLimit: count.describe('masked streams that run side by side before latency climbs'),
    priorityLevels: count.describe('kernel priorities: 0 lowest to priorityLevels - 1'),
    cu: cuLimits,
    memoryBandwidthGBps: positive,
    costs,
    contention: contention.describe('parameters of the contention model; see docs/hardware.md'),
    power,
    provenance: z.record(z.string(), z.string()).describe('where each number comes from'),
  })
  .describe('What a GPU is, to the planner and the simulator')

/** What a GPU is: compute units in granules, limits, costs in microseconds, power in watts. */
export type Device = z.infer<typeof deviceSchema>

/** Whether a device is the host itself, which runs models, but none on a part of it. */
export function isHost({ vendor }: Device): boolean {
  return vendor === 'cpu'
}

/** Compute units of the whole device. */
export function totalCus(device: Device): number {
  return sum(device.granules.map((g) => g.cus))
}

/** Compute units in a partition of the device. */
export function cusOf(device: Device, partition: Partition): number {
  return sum(partition.map((index) => device.granules[index].cus))
}

/** Every granule of the device. */
export function wholeDevice(device: Device): Partition {
  return windowOf(0, device.granules.length, device.granules.length)
}

/** The granules of each cluster, by ascending cluster number. */
export function clusters(device: Device): Partition[] {
  const ids = [...new Set(device.granules.map((g) => g.cluster))].sort((a, b) => a - b)
  return ids.map((id) => device.granules.flatMap((g, index) => (g.cluster === id ? [index] : [])))
}

/** The units that pooled streams are made of: granules one by one, or whole clusters. */
export function poolUnits(device: Device): Partition[] {
  return device.poolUnit === 'cluster' ? clusters(device) : device.granules.map((_, i) => [i])
}

/**
 * Whether kernels of several workers may use one unmasked stream without harm. On NVIDIA, where a
 * partition is a context of its own, workers whose kernels switch in and out of the same context fall
 * into lockstep.
 */
export function workersShareContexts(device: Device): boolean {
  return device.vendor !== 'nvidia'
}

/** Identifies the device a plan was made for: vendor, name and granule layout. */
export function fingerprint(device: Device): string {
  const runs: string[] = []
  for (let i = 0; i < device.granules.length; ) {
    let j = i
    while (j < device.granules.length && device.granules[j].cus === device.granules[i].cus) j++
    runs.push(`${j - i}x${device.granules[i].cus}`)
    i = j
  }
  return `${device.vendor}:${device.name}:${runs.join('+')}`
}
