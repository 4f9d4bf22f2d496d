import type { Device } from '../device/device.js'
import type { Partition } from '../device/partition.js'

export type Vendor = Device['vendor']

/** A device's name and its drivers. */
export interface DeviceIdentity {
  readonly vendor: Vendor
  /** The name that the driver prints, e.g. `NVIDIA H200`. */
  readonly name: string
  /** Driver and library versions by component. */
  readonly versions: Readonly<Record<string, string>>
}

/** Memory on the device, as 32-bit words. */
export interface DeviceBuffer {
  readonly words: number
  /** Copies to the device, and returns when that is done. */
  write(values: Uint32Array): void
  /** Copies from the device once everything submitted to it so far has run. */
  read(): Uint32Array
  free(): void
}

/** The kernels every binding carries; `kernels.ts` has their source and meaning. */
export type KernelName = 'affine' | 'burn' | 'copy' | 'locate' | 'spin'

/** One kernel launch: the kernel, the number of groups and of threads per group, and the arguments. */
export interface Launch {
  readonly kernel: KernelName
  readonly groups: number
  readonly groupSize: number
  readonly args: readonly (DeviceBuffer | number)[]
}

/** A mark in a stream. It is reached once everything submitted to the stream before it has run. */
export interface Completion {
  isDone(): boolean
  /** Returns the mark to the device. It must not be used afterwards. */
  release(): void
}

/** A queue of kernels that run in order, on the compute units of one partition only. */
export interface MaskedStream {
  readonly partition: Partition
  launch(launch: Launch): void
  /** Marks the work submitted so far. */
  record(): Completion
  /** Holds back everything submitted after this until the mark of another stream is reached. */
  wait(completion: Completion): void
  /** Blocks until everything submitted has run. */
  synchronize(): void
}

/** Masked streams that are created in advance, because creating one costs far more than a switch. */
export interface StreamPool {
  readonly streams: readonly MaskedStream[]
  /** Returns the streams. Everything submitted to them must have run. */
  close(): void
}

/** One kernel of a chain and the stream it runs on. */
export interface ChainStep {
  readonly stream: MaskedStream
  readonly launch: Launch
}

/** Kernels that run strictly one after another, over any streams, submitted as one. */
export interface Chain {
  /** Starts the whole chain. The returned mark is reached when the chain's last kernel has run. */
  submit(): Completion
  close(): void
}

/** Measures the power and energy of the device. */
export interface EnergyMeter {
  /** Joules since an arbitrary start. The counter moves in steps of up to 100 ms. */
  energyJ(): number
  /** Power in watts, as averaged by the driver. */
  powerW(): number
  /** The device's power limit in watts, if the driver reports it. */
  limitW(): number | undefined
}

/** A device whose streams can be confined to some of its compute units. */
export interface PartitionedDevice {
  readonly identity: DeviceIdentity
  /** The smallest sets of compute units that a mask can give, from which partitions are made. */
  readonly granules: Device['granules']
  /** How much one compute unit holds at a time. */
  readonly cu: Device['cu']
  /** How many priorities a kernel can have; 1 if the driver knows none. */
  readonly priorityLevels: number
  /** Ticks per microsecond of the clock that `spin` and `locate` count. */
  readonly ticksPerUs: number
  /** Absent if the driver does not measure energy. */
  readonly energyMeter: EnergyMeter | undefined
  /**
   * Creates one stream for each partition. Streams never share driver state, so two over the same
   * partition run independently.
   *
   * @throws WorkError if the device cannot mask a partition
   */
  createPool(partitions: readonly Partition[]): StreamPool
  createBuffer(words: number): DeviceBuffer
  createChain(steps: readonly ChainStep[]): Chain
  /** Microseconds between two marks of streams on the device's clock. Both must have been reached. */
  elapsedUs(from: Completion, to: Completion): number
  /** Blocks until everything submitted to any stream has run. */
  synchronize(): void
  /** Frees everything that the device still holds. Pools and buffers must have been closed before. */
  close(): void
}

/** Whether a device is a processor acting as a device, slowly and with coarse timing. */
export function isProcessor({ identity }: PartitionedDevice): boolean {
  return identity.vendor === 'cpu'
}
