import type { Device } from '../device/device.js'
import type { Partition } from '../device/partition.js'

export type Vendor = Device['vendor']

/** What a device is called and what drives it. */
export interface DeviceIdentity {
  readonly vendor: Vendor
  /** As the driver prints it, e.g. `NVIDIA H200`. */
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

/** One kernel launch: what runs, over how many groups of how many threads, on which arguments. */
export interface Launch {
  readonly kernel: KernelName
  readonly groups: number
  readonly groupSize: number
  readonly args: readonly (DeviceBuffer | number)[]
}

/** A mark in a stream. It is done once everything submitted to the stream before it has run. */
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
  /** Holds back everything submitted after this until another stream's mark is reached. */
  wait(completion: Completion): void
  /** Blocks until everything submitted has run. */
  synchronize(): void
}

/** Masked streams created ahead of time, because creating one costs far more than a switch. */
export interface StreamPool {
  readonly streams: readonly MaskedStream[]
  /** Gives the streams back. Everything submitted to them must have run. */
  close(): void
}

/** One kernel of a chain and the stream it runs on. */
export interface ChainStep {
  readonly stream: MaskedStream
  readonly launch: Launch
}

/** Kernels that run strictly one after another, over any streams, submitted as one. */
export interface Chain {
  /** Starts the whole chain; the mark is reached when its last kernel has run. */
  submit(): Completion
  close(): void
}

/** Reads what the device draws. */
export interface EnergyMeter {
  /** Joules since an arbitrary start; the counter moves in steps of up to 100 ms. */
  energyJ(): number
  /** Watts, as the driver averages them. */
  powerW(): number
  /** The limit in watts that the device is held to, where the driver says. */
  limitW(): number | undefined
}

/** A device whose streams can be confined to some of its compute units. */
export interface PartitionedDevice {
  readonly identity: DeviceIdentity
  /** The smallest sets of compute units a mask can give; partitions are made of these. */
  readonly granules: Device['granules']
  /** What one compute unit holds at a time. */
  readonly cu: Device['cu']
  /** How many priorities a kernel can have: 1 where the driver knows none. */
  readonly priorityLevels: number
  /** Ticks of the clock that `spin` and `locate` count, per microsecond. */
  readonly ticksPerUs: number
  /** Absent where the driver does not measure energy. */
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
  /** Microseconds on the device's clock between two marks of streams that have both been reached. */
  elapsedUs(from: Completion, to: Completion): number
  /** Blocks until everything submitted to any stream has run. */
  synchronize(): void
  /** Frees what the device still holds. Pools and buffers must have been closed before. */
  close(): void
}

/** Whether a device is a processor that acts as a device, slowly and with coarse timing. */
export function isProcessor({ identity }: PartitionedDevice): boolean {
  return identity.vendor === 'cpu'
}
