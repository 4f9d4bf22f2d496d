import type { Device } from '../device/device.js'
import { occupancy } from '../profile/occupancy.js'
import type { Launch } from './launch.js'

/** What the analytical durations need to know about a device besides its file. */
export interface Roofline {
  /** Operations per µs of one compute unit. */
  readonly cuFlopsPerUs: Readonly<Record<Launch['unit'], number>>
  /**
   * Bytes per µs that one compute unit can move. Pipelined blocks fetch ahead, whatever their number of threads.
   */
  readonly cuBytesPerUs: Readonly<Record<Launch['phases'], number>>
  /** Bytes per µs as long as the data fit into the last-level cache, and the size of that cache in bytes. */
  readonly cacheBytesPerUs: number
  readonly cacheBytes: number
  /** The resident threads that a compute unit needs for its arithmetic rate, and for its memory rate. */
  readonly threadsToCompute: number
  readonly threadsToStream: number
  /** The duration of the shortest kernel, µs. */
  readonly floorUs: number
  /** The time to fill and drain one wave of pipelined blocks, µs. */
  readonly waveUs: number
}

/**
 * Analytical duration in µs of a launch alone on `cus` compute units: the roofline (Williams et
 * al., CACM 2009) of the busiest unit and of the memory, plus a floor. Blocks are whole: the
 * busiest unit runs ceil(blocks / cus) of them, as many at a time as its occupancy allows.
 */
export function durationUs(
  launch: Launch,
  cus: number,
  device: Device,
  roofline: Roofline,
): number {
  const blocks = launch.grid[0] * launch.grid[1] * launch.grid[2]
  const threads = launch.block[0] * launch.block[1] * launch.block[2]
  const { blocksPerCu } = occupancy(device, { ...launch, durationUs: {} })
  const onBusiest = Math.ceil(blocks / cus)
  const residentThreads = Math.min(onBusiest, blocksPerCu) * threads
  const reached = (needed: number): number =>
    launch.efficiency * Math.min(1, residentThreads / Math.max(1, needed))

  const computeUs =
    (onBusiest * launch.flops) /
    blocks /
    (roofline.cuFlopsPerUs[launch.unit] * reached(roofline.threadsToCompute))
  const threadsToStream = launch.phases === 'pipelined' ? 0 : roofline.threadsToStream
  const unitMemoryUs =
    (onBusiest * launch.bytes) /
    blocks /
    (roofline.cuBytesPerUs[launch.phases] * reached(threadsToStream))
  const cached = launch.bytes <= roofline.cacheBytes
  const bytesPerUs = cached ? roofline.cacheBytesPerUs : device.memoryBandwidthGBps * 1e3
  const memoryUs = launch.bytes / bytesPerUs
  const waves = Math.ceil(onBusiest / blocksPerCu)
  const phasesUs = launch.phases === 'pipelined' ? waves * roofline.waveUs : 0
  return roofline.floorUs + Math.max(computeUs, unitMemoryUs, memoryUs) + phasesUs
}
