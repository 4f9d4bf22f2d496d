/** How much of everything a characterization measures. */
export interface Scale {
  /** Pools created and destroyed for the creation cost. */
  readonly poolRounds: number
  /** Length of each closed-loop window. */
  readonly windowMs: number
  /** Kernels in each chain. */
  readonly chainKernels: number
  /** Length of each kernel in a chain; what a switch costs is compared with it. */
  readonly spinUs: number
  /** Workers by contexts of each worker, in the switch table. */
  readonly switchShapes: readonly (readonly [workers: number, contexts: number])[]
  /** Kernels between two switches, in the switch table. */
  readonly switchPeriods: readonly number[]
  /** Streams side by side, when looking for the queue knee. */
  readonly streamCounts: readonly number[]
  /** How long each of those streams is held. */
  readonly holdUs: number
  /** Words of each of the two buffers of a copy. */
  readonly copyWords: number
  /** Length of each power window: the counters of some drivers move every 100 ms only. */
  readonly powerWindowMs: number
  /** How long the device is left alone before its idle power is read: clocks fall slowly. */
  readonly idleSettleMs: number
  /** Multiply-adds of each thread in the kernel that loads the arithmetic units. */
  readonly burnRounds: number
}

/** 5 us kernels (9000 cycles of an H200 and the gap after them), as in docs/hardware.md. */
export const GPU_SCALE: Scale = {
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

/** Small enough for a CPU that acts as a device: the shape of the result, not its figures. */
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
