import type { Device } from '../../device/device.js'
import { splitGranules } from '../../device/masks.js'
import type { Partition } from '../../device/partition.js'
import { outPointer, type Pointer } from '../native.js'
import type { CudaDriver } from './driver.js'

/**
 * CUdevResource in the layout of drivers up to CUDA 13.0: type, padding, then the SM count. Newer
 * headers declare a larger struct, but drivers refuse a list of resources of that size with error 914.
 */
const RESOURCE_BYTES = 144
const SM_COUNT_OFFSET = 96
const RESOURCE_TYPE_SM = 1
/** The smallest group in which thread-block clusters work on Hopper. */
const GROUP_SMS = 8
const SPLIT_FLAGS = 0
const GREEN_DEFAULT_STREAM = 1

/** A green context, which confines kernels to a partition, as the two handles that the driver needs. */
export interface GreenContext {
  readonly green: Pointer
  readonly context: Pointer
}

/** One split of the device's SMs into granules, from which green contexts are made. */
export class Partitioner {
  readonly granules: Device['granules']
  readonly #driver: CudaDriver
  readonly #device: number
  readonly #resources: readonly Buffer[]

  /** @throws WorkError if the device's SMs cannot be split */
  constructor(driver: CudaDriver, device: number) {
    this.#driver = driver
    this.#device = device
    const whole = Buffer.alloc(RESOURCE_BYTES)
    driver.cuDeviceGetDevResource(device, whole, RESOURCE_TYPE_SM)
    const { groups, remainder } = split(driver, whole)
    this.granules = splitGranules(groups.length, GROUP_SMS, smCount(remainder))
    this.#resources = [...groups, remainder]
  }

  /** Creates a context over a partition. This takes about 1.4 ms, so pools are made in advance. */
  createContext(partition: Partition): GreenContext {
    const resources = Buffer.concat(partition.map((granule) => this.#resources[granule]))
    const descriptor = outPointer((cell) => {
      this.#driver.cuDevResourceGenerateDesc(cell, resources, partition.length)
    })
    const green = outPointer((cell) => {
      this.#driver.cuGreenCtxCreate(cell, descriptor, this.#device, GREEN_DEFAULT_STREAM)
    })
    const context = outPointer((cell) => {
      this.#driver.cuCtxFromGreenCtx(cell, green)
    })
    return { green, context }
  }
}

function split(driver: CudaDriver, whole: Buffer) {
  const capacity = Math.floor(smCount(whole) / GROUP_SMS)
  const groups = Buffer.alloc(RESOURCE_BYTES * capacity)
  const remainder = Buffer.alloc(RESOURCE_BYTES)
  const count = [capacity]
  driver.cuDevSmResourceSplitByCount(groups, count, whole, remainder, SPLIT_FLAGS, GROUP_SMS)
  return {
    groups: Array.from({ length: count[0] }, (_, i) =>
      groups.subarray(RESOURCE_BYTES * i, RESOURCE_BYTES * (i + 1)),
    ),
    remainder,
  }
}

function smCount(resource: Buffer): number {
  return resource.readUInt32LE(SM_COUNT_OFFSET)
}
