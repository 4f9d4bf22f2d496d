import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MaskLayout, maskGranules, maskWords } from '../../device/masks.js'
import type { Partition } from '../../device/partition.js'
import { WorkError } from '../../errors.js'
import { StreamChain } from '../chain.js'
import { DriverDevice } from '../driver-device.js'
import { DriverStream } from '../driver-stream.js'
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
import { deviceCalls, moduleCalls } from './calls.js'
import { loadHiprtc } from './compiler.js'
import { type HipDriver, loadHipDriver } from './driver.js'
import { openRocmSmiMeter, type RocmSmiMeter } from './meter.js'
import { HIP_PRELUDE } from './prelude.js'
import {
  cuLimitsOf,
  gfxName,
  isAtBus,
  type KfdProperties,
  maskLayoutOf,
  parseKfdProperties,
} from './topology.js'

const TOPOLOGY = '/sys/class/kfd/kfd/topology/nodes'
const ATTRIBUTE_CLOCK_KHZ = 5
const FIRST_DEVICE = 0

/**
 * Opens the first AMD GPU that HIP sees, partitioned by the CU masks of its streams.
 *
 * @throws WorkError if there is no HIP runtime, no GPU or no hiprtc
 */
export function openHipDevice(): PartitionedDevice {
  const driver = loadHipDriver()
  checkDeviceCount(driver)
  driver.hipSetDevice(FIRST_DEVICE)
  return new HipDevice(driver, FIRST_DEVICE, propertiesOf(driver))
}

/**
 * The driver's name for the GPU that {@link openHipDevice} opens. Nothing is created on it.
 *
 * @throws WorkError if there is no HIP runtime or no GPU
 */
export function hipDeviceName(): string {
  const driver = loadHipDriver()
  checkDeviceCount(driver)
  return nameOf(driver, FIRST_DEVICE)
}

/**
 * How CU masks name the compute units of the GPU that {@link openHipDevice} opens; nothing is
 * created on it.
 *
 * @throws WorkError if there is no HIP runtime or no GPU
 */
export function hipMaskLayout(): MaskLayout {
  const driver = loadHipDriver()
  checkDeviceCount(driver)
  return maskLayoutOf(propertiesOf(driver))
}

function propertiesOf(driver: HipDriver): KfdProperties {
  const pciBusId = outText(64, (buffer) => driver.hipDeviceGetPCIBusId(buffer, 64, FIRST_DEVICE))
  return readKfdProperties(pciBusId)
}

function nameOf(driver: HipDriver, device: number): string {
  return outText(256, (buffer) => driver.hipDeviceGetName(buffer, 256, device))
}

/** On a machine without a GPU, HIP fails to count devices instead of counting none. */
function checkDeviceCount(driver: HipDriver): void {
  const count: [number] = [0]
  const status = driver.hipGetDeviceCount(count)
  if (status !== 0)
    throw new WorkError(`no AMD GPU: hipGetDeviceCount said ${driver.statusName(status)}`)
  if (count[0] === 0) throw new WorkError('no AMD GPU: hipGetDeviceCount said 0')
}

class HipDevice extends DriverDevice implements PartitionedDevice {
  readonly identity: DeviceIdentity
  readonly granules: PartitionedDevice['granules']
  readonly cu: PartitionedDevice['cu']
  readonly priorityLevels = 1
  readonly ticksPerUs: number
  readonly energyMeter: RocmSmiMeter | undefined
  readonly #driver: HipDriver
  readonly #layout: MaskLayout

  constructor(driver: HipDriver, device: number, properties: KfdProperties) {
    super(deviceCalls(driver), compiledFor(driver, gfxName(properties)))
    this.#driver = driver
    this.#layout = maskLayoutOf(properties)
    this.granules = maskGranules(this.#layout)
    this.cu = cuLimitsOf(properties)
    this.ticksPerUs =
      outNumber((cell) => driver.hipDeviceGetAttribute(cell, ATTRIBUTE_CLOCK_KHZ, device)) / 1000
    this.energyMeter = openRocmSmiMeter(properties.get('location_id') ?? 0)
    this.identity = {
      vendor: 'amd',
      name: nameOf(driver, device),
      versions: {
        hip: `${outNumber((cell) => driver.hipRuntimeGetVersion(cell))}`,
        instructions: gfxName(properties),
      },
    }
  }

  createPool(partitions: readonly Partition[]): StreamPool {
    return createStreamPool(this.granules, partitions, (partition) => {
      const mask = maskWords(this.#layout, partition)
      const stream = outPointer((cell) =>
        this.#driver.hipExtStreamCreateWithCUMask(cell, mask.length, mask),
      )
      return new DriverStream(this.streamDriver, partition, stream)
    })
  }

  createChain(steps: readonly ChainStep[]): Chain {
    return new StreamChain(steps)
  }

  override close(): void {
    this.energyMeter?.close()
    super.close()
  }
}

/** The test kernels for an instruction set such as `gfx906`. */
function compiledFor(driver: HipDriver, instructions: string): KernelModule {
  const options = [`--offload-arch=${instructions}`]
  const code = compileKernels(loadHiprtc(driver.library), kernelSource(HIP_PRELUDE), options)
  return new KernelModule(moduleCalls(driver), code)
}

/** Asks the Linux kernel about the device, because HIP does not tell how CUs are arranged in shader engines. */
function readKfdProperties(pciBusId: string): KfdProperties {
  for (const node of readdirSync(TOPOLOGY)) {
    const properties = parseKfdProperties(readFileSync(join(TOPOLOGY, node, 'properties'), 'utf8'))
    if (isAtBus(properties, pciBusId)) return properties
  }
  throw new WorkError(`${TOPOLOGY} has no GPU at ${pciBusId}`)
}
