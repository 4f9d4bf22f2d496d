import type { Partition } from '../../device/partition.js'
import { WorkError } from '../../errors.js'
import { DriverDevice } from '../driver-device.js'
import { EventPool } from '../event-pool.js'
import { KernelModule } from '../kernel-handles.js'
import { kernelSource } from '../kernels.js'
import { outNumber, outPointer, outText } from '../native.js'
import type {
  Chain,
  ChainStep,
  DeviceIdentity,
  PartitionedDevice,
  StreamPool,
} from '../partitioned-device.js'
import { compileKernels } from '../runtime-compiler.js'
import { createStreamPool } from '../stream-pool.js'
import { deviceCalls, eventCalls, moduleCalls } from './calls.js'
import { loadNvrtc } from './compiler.js'
import { type CudaDriver, loadCudaDevices, loadCudaDriver } from './driver.js'
import { CudaGraphChain } from './graph.js'
import { type NvmlMeter, openNvmlMeter } from './meter.js'
import { Partitioner } from './partitioner.js'
import { CUDA_PRELUDE } from './prelude.js'
import { CudaStream } from './stream.js'

/** CUdevice_attribute. */
const ATTRIBUTE = {
  warpSize: 10,
  clockKhz: 13,
  sms: 16,
  threadsPerSm: 39,
  capabilityMajor: 75,
  capabilityMinor: 76,
  sharedMemoryPerSm: 81,
  registersPerSm: 82,
  blocksPerSm: 106,
} as const

/**
 * Opens the first NVIDIA GPU that CUDA sees, partitioned by green contexts.
 *
 * @throws WorkError if there is no driver, no GPU, no NVRTC, or the driver is older than CUDA 12.4
 */
export function openCudaDevice(): PartitionedDevice {
  const driver = loadCudaDriver()
  return new CudaDevice(driver, firstDevice(driver))
}

/**
 * The driver's name for the GPU that {@link openCudaDevice} opens. No context is made on it.
 *
 * @throws WorkError if there is no driver or no GPU
 */
export function cudaDeviceName(): string {
  const driver = loadCudaDriver()
  return nameOf(driver, firstDevice(driver))
}

/**
 * Number of compute units of the GPU that {@link openCudaDevice} opens. No context is made on it.
 *
 * @throws WorkError if there is no driver or no GPU
 */
export function cudaCus(): number {
  const driver = loadCudaDevices()
  const device = firstDevice(driver)
  return outNumber((cell) => driver.cuDeviceGetAttribute(cell, ATTRIBUTE.sms, device))
}

function firstDevice(driver: ReturnType<typeof loadCudaDevices>): number {
  const count = outNumber((cell) => driver.cuDeviceGetCount(cell))
  if (count === 0) throw new WorkError('no NVIDIA GPU: cuDeviceGetCount said 0')
  return outNumber((cell) => driver.cuDeviceGet(cell, 0))
}

function nameOf(driver: CudaDriver, device: number): string {
  return outText(256, (buffer) => driver.cuDeviceGetName(buffer, 256, device))
}

class CudaDevice extends DriverDevice implements PartitionedDevice {
  readonly identity: DeviceIdentity
  readonly granules: PartitionedDevice['granules']
  readonly cu: PartitionedDevice['cu']
  readonly priorityLevels: number
  readonly ticksPerUs: number
  readonly energyMeter: NvmlMeter | undefined
  readonly #driver: CudaDriver
  readonly #device: number
  readonly #partitioner: Partitioner
  /**
   * Marks after graphs are untimed, because a timed event there changes the cost of the graph's
   * switches: a kernel was observed to take 8.6 µs with a timed event and 24.7 µs without one.
   */
  readonly #marks: EventPool

  constructor(driver: CudaDriver, device: number) {
    const primary = outPointer((cell) => driver.cuDevicePrimaryCtxRetain(cell, device))
    driver.cuCtxSetCurrent(primary)
    const attribute = (id: number) =>
      outNumber((cell) => driver.cuDeviceGetAttribute(cell, id, device))
    const partitioner = new Partitioner(driver, device)
    const capability = `${attribute(ATTRIBUTE.capabilityMajor)}${attribute(ATTRIBUTE.capabilityMinor)}`
    super(deviceCalls(driver), compiledFor(driver, capability))
    this.#driver = driver
    this.#device = device
    this.#partitioner = partitioner
    this.#marks = new EventPool(eventCalls(driver, 'untimed'))
    this.granules = partitioner.granules
    this.ticksPerUs = attribute(ATTRIBUTE.clockKhz) / 1000
    this.cu = {
      threads: attribute(ATTRIBUTE.threadsPerSm),
      blocks: attribute(ATTRIBUTE.blocksPerSm),
      registers: attribute(ATTRIBUTE.registersPerSm),
      sharedMemoryBytes: attribute(ATTRIBUTE.sharedMemoryPerSm),
      warpSize: attribute(ATTRIBUTE.warpSize),
    }
    this.priorityLevels = priorityLevels(driver)
    this.energyMeter = openNvmlMeter(
      outText(32, (buffer) => driver.cuDeviceGetPCIBusId(buffer, 32, device)),
    )
    this.identity = identify(driver, device, this.energyMeter?.driverVersion)
  }

  createPool(partitions: readonly Partition[]): StreamPool {
    return createStreamPool(this.granules, partitions, (partition) => {
      const home = this.#partitioner.createContext(partition)
      try {
        return new CudaStream(this.#driver, this.streamDriver, partition, home)
      } catch (error) {
        this.#driver.cuGreenCtxDestroy(home.green)
        throw error
      }
    })
  }

  createChain(steps: readonly ChainStep[]): Chain {
    return new CudaGraphChain(this.#driver, this.streamDriver.kernels, this.#marks, steps)
  }

  override close(): void {
    this.energyMeter?.close()
    this.#marks.close()
    super.close()
    this.#driver.cuDevicePrimaryCtxRelease_v2(this.#device)
  }
}

/** The test kernels for a compute capability such as `90`. */
function compiledFor(driver: CudaDriver, capability: string): KernelModule {
  const options = [`--gpu-architecture=compute_${capability}`]
  const ptx = compileKernels(loadNvrtc(), kernelSource(CUDA_PRELUDE), options)
  return new KernelModule(moduleCalls(driver), ptx)
}

/** CUDA numbers priorities downwards: the highest priority is the smallest number. */
function priorityLevels(driver: CudaDriver): number {
  const [least, greatest] = [[0], [0]]
  driver.cuCtxGetStreamPriorityRange(least, greatest)
  return least[0] - greatest[0] + 1
}

function identify(
  driver: CudaDriver,
  device: number,
  driverVersion: string | undefined,
): DeviceIdentity {
  const cuda = outNumber((cell) => driver.cuDriverGetVersion(cell))
  return {
    vendor: 'nvidia',
    name: nameOf(driver, device),
    versions: {
      cuda: `${Math.floor(cuda / 1000)}.${Math.floor((cuda % 1000) / 10)}`,
      ...(driverVersion === undefined ? {} : { driver: driverVersion }),
    },
  }
}
