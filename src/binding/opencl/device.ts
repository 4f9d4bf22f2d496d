import { type Partition, windowOf } from '../../device/partition.js'
import { WorkError } from '../../errors.js'
import { getOrMake } from '../../maps.js'
import { StreamChain } from '../chain.js'
import { kernelSource } from '../kernels.js'
import { outPointer, outText, type Pointer, pointerArray } from '../native.js'
import type {
  Chain,
  ChainStep,
  Completion,
  DeviceBuffer,
  DeviceIdentity,
  PartitionedDevice,
  StreamPool,
} from '../partitioned-device.js'
import { createStreamPool } from '../stream-pool.js'
import { loadOpenCl, type OpenClApi, openClStatus } from './api.js'
import { OpenClBuffer } from './buffer.js'
import { OPENCL_CPU_PRELUDE, TICKS_PER_US } from './prelude.js'
import { type OpenClCompletion, OpenClStream } from './stream.js'

const DEVICE_TYPE_CPU = 2n
const DEVICE_MAX_COMPUTE_UNITS = 0x1002
const DEVICE_NAME = 0x102b
const DRIVER_VERSION = 0x102d
const PLATFORM_VERSION = 0x0901
const PARTITION_BY_COUNTS = 0x1087n
const QUEUE_PROFILING = 2n
const PROGRAM_BUILD_LOG = 0x1183
const PROFILING_END = 0x1283

/**
 * Opens the first OpenCL CPU device, whose compute units are worker threads. PoCL is one; its
 * number of units is POCL_MAX_PTHREAD_COUNT, which must be set before the process first opens it.
 *
 * @throws WorkError if no OpenCL loader or no CPU device is installed
 */
export function openOpenClDevice(): PartitionedDevice {
  const api = loadOpenCl()
  const platform = outPointer((cell) => {
    api.clGetPlatformIDs(1, cell, null)
  })
  const device = outPointer((cell) => {
    api.clGetDeviceIDs(platform, DEVICE_TYPE_CPU, 1, cell, null)
  })
  return new OpenClDevice(api, platform, device)
}

/**
 * Command queues are reused by later pools and never released, because PoCL's worker threads still
 * touch a queue after clFinish has returned, and crash if it no longer exists.
 */
class OpenClDevice implements PartitionedDevice {
  readonly identity: DeviceIdentity
  readonly granules: PartitionedDevice['granules']
  /** A worker thread runs one work-group at a time, with registers that spill to memory. */
  readonly cu = {
    threads: 4096,
    blocks: 1,
    registers: 65_536,
    sharedMemoryBytes: 65_536,
    warpSize: 1,
  }
  readonly priorityLevels = 1
  readonly ticksPerUs = TICKS_PER_US
  readonly energyMeter = undefined
  readonly #api: OpenClApi
  readonly #device: Pointer
  readonly #context: Pointer
  readonly #program: Pointer
  readonly #queue: Pointer
  readonly #streams: OpenClStream[] = []
  /** Streams of closed pools, by partition, for the next pool. */
  readonly #idle = new Map<string, OpenClStream[]>()

  constructor(api: OpenClApi, platform: Pointer, device: Pointer) {
    this.#api = api
    this.#device = device
    this.#context = api.clCreateContext(null, 1, pointerArray([device]), null, null)
    this.#program = buildProgram(api, this.#context, device)
    this.#queue = this.#createQueue(device)
    this.identity = identify(api, platform, device)
    this.granules = Array.from({ length: computeUnits(api, device) }, (_, i) => ({
      cus: 1,
      cluster: i,
    }))
  }

  createPool(partitions: readonly Partition[]): StreamPool {
    return createStreamPool(this.granules, partitions, (partition) => {
      return this.#idle.get(partition.join())?.pop() ?? this.#createStream(partition)
    })
  }

  #createStream(partition: Partition): OpenClStream {
    const queue = this.#createQueue(this.#subDevice(partition))
    const stream = new OpenClStream(this.#api, this.#program, partition, queue, () => {
      getOrMake(this.#idle, partition.join(), () => []).push(stream)
    })
    this.#streams.push(stream)
    return stream
  }

  #createQueue(device: Pointer): Pointer {
    return this.#api.clCreateCommandQueue(this.#context, device, QUEUE_PROFILING)
  }

  /**
   * OpenCL allocates sub-devices from the first unit on, so one is made for the units before the
   * window and dropped.
   */
  #subDevice(partition: Partition): Pointer {
    const [start] = partition
    const length = partition.length
    const total = this.granules.length
    if (partition.join() !== windowOf(start, Math.min(length, total - start), total).join())
      throw new WorkError(
        `OpenCL masks runs of consecutive compute units only, not ${partition.join()}`,
      )
    if (length === total) return this.#device
    const counts = start > 0 ? [BigInt(start), BigInt(length)] : [BigInt(length)]
    const properties = pointerArray([PARTITION_BY_COUNTS, ...counts, 0n, 0n])
    const created = Buffer.alloc(8 * counts.length)
    this.#api.clCreateSubDevices(this.#device, properties, counts.length, created, null)
    const window = created.readBigUInt64LE(8 * (counts.length - 1))
    if (counts.length > 1) this.#api.clReleaseDevice(created.readBigUInt64LE(0))
    return window
  }

  createBuffer(words: number): DeviceBuffer {
    return new OpenClBuffer(this.#api, this.#context, this.#queue, words, () => this.synchronize())
  }

  createChain(steps: readonly ChainStep[]): Chain {
    return new StreamChain(steps)
  }

  elapsedUs(from: Completion, to: Completion): number {
    return (this.#endNs(to) - this.#endNs(from)) / 1000
  }

  #endNs(completion: Completion): number {
    const value = Buffer.alloc(8)
    const { event } = completion as OpenClCompletion
    this.#api.clGetEventProfilingInfo(event, PROFILING_END, 8, value, null)
    return Number(value.readBigUInt64LE())
  }

  synchronize(): void {
    for (const stream of this.#streams) stream.synchronize()
    this.#api.clFinish(this.#queue)
  }

  close(): void {
    this.synchronize()
  }
}

function computeUnits(api: OpenClApi, device: Pointer): number {
  const value = Buffer.alloc(4)
  api.clGetDeviceInfo(device, DEVICE_MAX_COMPUTE_UNITS, 4, value, null)
  return value.readUInt32LE()
}

function identify(api: OpenClApi, platform: Pointer, device: Pointer): DeviceIdentity {
  const deviceText = (key: number) =>
    outText(256, (buffer) => {
      api.clGetDeviceInfo(device, key, 256, buffer, null)
    })
  const platformVersion = outText(512, (buffer) => {
    api.clGetPlatformInfo(platform, PLATFORM_VERSION, 512, buffer, null)
  })
  return {
    vendor: 'cpu',
    name: deviceText(DEVICE_NAME),
    versions: { opencl: platformVersion, driver: deviceText(DRIVER_VERSION) },
  }
}

function buildProgram(api: OpenClApi, context: Pointer, device: Pointer): Pointer {
  const source = kernelSource(OPENCL_CPU_PRELUDE)
  const program = api.clCreateProgramWithSource(context, 1, [source], null)
  const status = api.clBuildProgram(program, 0, null, '', null, null)
  if (status === 0) return program
  const log = outText(4096, (buffer) => {
    api.clGetProgramBuildInfo(program, device, PROGRAM_BUILD_LOG, 4096, buffer, null)
  })
  throw new WorkError(`OpenCL cannot build the test kernels, ${openClStatus(status)}: ${log}`)
}
