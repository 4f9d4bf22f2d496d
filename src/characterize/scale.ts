import { isProcessor, type PartitionedDevice } from '../binding/partitioned-device.js'

/** How much of each thing a characterization measures. */
export interface Scale {
  /** How many pools are created and destroyed to measure what creating one costs. */
  readonly poolRounds: number
  /** Length of each closed-loop window. */
  readonly windowMs: number
  /** Kernels in each chain. */
  readonly chainKernels: number
  /** Length of each kernel in a chain, to which the cost of a switch is compared. */
  readonly spinUs: number
  /** Rows of the switch table, each with a number of workers and a number of contexts per worker. */
  readonly switchShapes: readonly (readonly [workers: number, contexts: number])[]
  /** Columns of the switch table, each with a number of kernels between two switches. */
  readonly switchPeriods: readonly number[]
  /** How many streams are tried side by side to find the queue knee. */
  readonly streamCounts: readonly number[]
  /** How long each of those streams is held. */
  readonly holdUs: number
  /** Words of each of the two buffers of a copy. */
  readonly copyWords: number
  /** Length of each power window. The counters of some drivers move only every 100 ms. */
  readonly powerWindowMs: number
  /** How long the device is left alone before its idle power is read, because clocks fall slowly. */
  readonly idleSettleMs: number
  /** Multiply-adds of each thread in the kernel that loads the arithmetic units. */
  readonly burnRounds: number
}

/** Kernels take 5 µs (9000 cycles of an H200 and the gap after them), as in docs/hardware.md. */
const GPU_SCALE: Scale = {
  poolRounds: 20,
  windowMs: 250,
  chainKernels: 200,
  spinUs: 4.545,
  switchShapes: [
    [1, 2],
    [2, 2],
    [4, 2],
    [8, 2],
    [4, 4],
    [8, 4],
  ],
  switchPeriods: [1, 5, 25, 100],
  streamCounts: [1, 2, 4, 6, 7, 8, 10, 12, 16, 20, 24, 28, 32, 36, 40],
  holdUs: 1000,
  copyWords: 2 ** 28,
  powerWindowMs: 2200,
  idleSettleMs: 4000,
  burnRounds: 100_000,
}

/** Small enough for a CPU that acts as a device. Results have the right form but not the right values. */
export const CPU_SCALE: Scale = {
  poolRounds: 2,
  windowMs: 20,
  chainKernels: 10,
  spinUs: 100,
  switchShapes: [
    [1, 2],
    [2, 2],
  ],
  switchPeriods: [1, 5],
  streamCounts: [1, 2, 4],
  holdUs: 20_000,
  copyWords: 2 ** 20,
  powerWindowMs: 200,
  idleSettleMs: 0,
  burnRounds: 100,
}

/** How much is measured on a device. */
export function scaleFor(device: PartitionedDevice): Scale {
  return isProcessor(device) ? CPU_SCALE : GPU_SCALE
}
