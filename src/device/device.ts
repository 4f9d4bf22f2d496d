import { z } from 'zod'
import { groupedBy } from '../maps.js'
import { sum } from '../numbers.js'
import {
  count,
  cus,
  factor,
  granule,
  MOST_CUS,
  MOST_GRANULES,
  name,
  priorities,
  remark,
  us,
  watts,
} from '../quantities.js'
import { hogsSchema } from './hogs.js'
import { type Partition, windowOf } from './partition.js'

/** The most blocks that one compute unit holds. */
const MOST_BLOCKS = 1024
/** The most blocks that all compute units hold together, because the simulator counts them in 16 bits. */
const MOST_RESIDENT = 32_767
/** The most streams that may run side by side, because a request looks at the queue of each one. */
const MOST_QUEUES = 4096

const granuleSchema = z.strictObject({
  cus: cus.describe('compute units in the granule'),
  cluster: granule.describe('shader engine, XCD or GPC it belongs to'),
  maxClusterBlocks: count(MOST_BLOCKS)
    .optional()
    .describe('largest thread-block cluster it can run; absent: any'),
})

/** How much one compute unit holds at a time, from which a kernel's occupancy follows. */
const cuLimits = z.strictObject({
  threads: count(65_536),
  blocks: count(MOST_BLOCKS),
  registers: count(2 ** 24).describe('32-bit registers'),
  sharedMemoryBytes: count(2 ** 30),
  warpSize: count(1024),
})

const costs = z.strictObject({
  maskCallUs: z
    .strictObject({ mean: us, worst: us })
    .describe('changing the mask of a live queue (an ioctl on AMD)'),
  hardwareMaskUs: us.describe('a partition chosen by the command processor, as KRISP proposes'),
  switchUs: us.describe('one switch between pooled streams, the device otherwise quiet'),
  barrierUs: us.describe('a barrier packet on a predecessor that is still running'),
  launchGapUs: us.describe('between dependent kernels of one worker, alone'),
  sharedLaunchGapUs: us.optional().describe('added to the gap while any other worker is active'),
  launchGapPerWorkerUs: us.describe(
    'added to the gap by each other active worker that loads the device',
  ),
  processGapPerWorkerUs: us
    .optional()
    .describe('the same where each worker is a process of its own; absent: as within one process'),
  mpsGapUs: us
    .optional()
    .describe(
      'the most that is added to the gap before every kernel of a process under MPS: it comes and goes',
    ),
  dispatchUs: us
    .optional()
    .describe(
      'from the decision to launch a request of 1 ms to its start on the device, and back: a server; of profiles that do not say',
    ),
  shortestKernelUs: us
    .optional()
    .describe('what even the shortest kernel takes, on any number of compute units'),
  hostTurnaroundUs: us.describe('from the end of a request to the start of the next'),
  hostTurnaroundPerWorkerUs: us
    .optional()
    .describe('added to that by each other worker with a request in flight'),
  hostLaunchUs: us
    .optional()
    .describe('between launches of one request by the host; 0 where it is launched as a whole'),
  streamOverloadUs: us.describe('per kernel, for each masked stream past the queue limit'),
})

const contention = z.strictObject({
  knee: factor
    .min(0.001)
    .optional()
    .describe(
      'load per compute unit at which resident blocks start to slow each other down noticeably',
    ),
  memory: factor
    .optional()
    .describe('slowdown of a memory-bound kernel when others ask for the whole memory bandwidth'),
  memoryFloor: factor
    .optional()
    .describe('how memory-bound every kernel is at least, 0..1: all share the L2 cache'),
  loadTraffic: factor
    .optional()
    .describe(
      'share of the bandwidth that a fully loaded device asks for besides what memory-bound kernels do',
    ),
  foreignLoad: factor
    .optional()
    .describe("how much of other kernels' load on a compute unit counts"),
  toldForeignLoad: factor
    .optional()
    .describe(
      'the same under MPS where processes are told of the whole device; absent: as within one process',
    ),
  coldStartUs: us
    .optional()
    .describe(
      "added to a kernel's first blocks where a compute unit last ran another model's code, in µs",
    ),
  processColdStartUs: us
    .optional()
    .describe("the same where it last ran another process's code; absent: as within one process"),
})

const power = z.strictObject({
  idleW: watts,
  activeW: watts.describe('added once any kernel runs: clocks, uncore, memory'),
  cuBusyW: watts.describe('added per compute unit that holds a block'),
  cuWorkW: watts.optional().describe('added per compute unit at full throughput'),
  memoryBusyW: watts.describe('added at full memory bandwidth'),
  sharedEnergyShare: factor
    .optional()
    .describe('more energy of a request, as a share, when all other activity is of other workers'),
  limitW: watts.positive(),
})

/** Whose GPUs a platform, and the tools that record it, run on. */
export const VENDOR_OF = { cuda: 'nvidia', rocm: 'amd' } as const

export const deviceSchema = z
  .strictObject({
    format: z.literal('eclip.device/1'),
    name,
    vendor: z.enum(['nvidia', 'amd', 'cpu']),
    driverName: name.optional().describe('what the driver calls it: NVIDIA H200'),
    date: z.iso.datetime().optional().describe('when it was measured'),
    software: z.record(remark, remark).optional().describe('versions: driver, CUDA'),
    granules: z.array(granuleSchema).min(1).max(MOST_GRANULES),
    poolUnit: z
      .enum(['granule', 'cluster'])
      .describe('what pooled streams are made of: ECLIP gives whole shader engines on the MI50'),
    queueLimit: count(MOST_QUEUES).describe(
      'masked streams that run side by side before latency climbs',
    ),
    mpsCheckedCus: z
      .array(count(MOST_CUS))
      .max(MOST_CUS)
      .optional()
      .describe(
        'limits, in compute units, under which libraries computed right in a process under MPS; empty: under none, so that no process is limited; absent: no limit is known to be wrong',
      ),
    priorityLevels: priorities.describe('kernel priorities: 0 lowest to priorityLevels - 1'),
    cu: cuLimits,
    memoryBandwidthGBps: z.number().min(0.001).max(1e9),
    costs,
    contention: contention.describe('parameters of the contention model; see docs/hardware.md'),
    hogs: hogsSchema
      .optional()
      .describe('interference of hogs with each other; absent: how models interfere is guessed'),
    power,
    provenance: z.record(remark, remark).describe('where each number comes from'),
  })
  .refine(({ granules }) => totalOf(granules) <= MOST_CUS, {
    path: ['granules'],
    error: `at most ${MOST_CUS} compute units in all`,
  })
  .refine(({ granules, cu }) => totalOf(granules) * cu.blocks <= MOST_RESIDENT, {
    path: ['cu', 'blocks'],
    error: `at most ${MOST_RESIDENT} blocks on all compute units together`,
  })
  .describe('What a GPU is, to the planner and the simulator')

/** Description of a GPU: compute units in granules, limits, costs in microseconds, power in watts. */
export type Device = z.infer<typeof deviceSchema>

/**
 * Whether a device is the host itself, which can run models but cannot confine them to a part of
 * it.
 */
export function isHost({ vendor }: Pick<Device, 'vendor'>): boolean {
  return vendor === 'cpu'
}

/** Whether a device's numbers come from data sheets and other devices, and not from a device of its kind. */
export function isModelled({ provenance }: Device): boolean {
  return provenance.status?.startsWith('modelled') ?? false
}

/** What readers of predictions should know if a device is modelled or measured in part; undefined otherwise. */
export function statusCaution({ name, provenance }: Device): string | undefined {
  return provenance.status && `the ${name} is ${provenance.status}`
}

/** Compute units of the whole device. */
export function totalCus(device: Pick<Device, 'granules'>): number {
  return totalOf(device.granules)
}

function totalOf(granules: readonly { readonly cus: number }[]): number {
  return sum(granules.map((granule) => granule.cus))
}

/** Compute units in a partition of the device. */
export function cusOf(device: Pick<Device, 'granules'>, partition: Partition): number {
  return sum(partition.map((index) => device.granules[index].cus))
}

/**
 * The CU counts that a mask can offer, ascending: the sizes of runs of granules that start at the
 * first one.
 */
export function offeredCus(device: Device): number[] {
  return device.granules.map((_, i) => cusOf(device, windowOf(0, i + 1, device.granules.length)))
}

/** Every granule of the device. */
export function wholeDevice(device: Device): Partition {
  return windowOf(0, device.granules.length, device.granules.length)
}

/** The granules of each cluster, by ascending cluster number. */
export function clusters(device: Device): Partition[] {
  const { granules } = device
  const byNumber = groupedBy(granules.keys(), (granule) => granules[granule].cluster)
  return [...byNumber].sort(([a], [b]) => a - b).map(([, members]) => members)
}

/** The units that pooled streams are made of: granules one by one, or whole clusters. */
export function poolUnits(device: Device): Partition[] {
  return device.poolUnit === 'cluster' ? clusters(device) : device.granules.map((_, i) => [i])
}

/**
 * Whether kernels of several workers may use one unmasked stream without harm. On NVIDIA, where each
 * partition is a context, workers whose kernels switch in and out of the same context fall into
 * lockstep.
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
