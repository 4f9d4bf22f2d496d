import { type Launch, type MatrixLibrary, rowLaunch, stream, type Tile } from './launch.js'

/** Bytes of a float16. */
export const BYTES = 2
export const tile = (rows: number, columns: number, threads: number, registers: number): Tile => ({
  rows,
  columns,
  threads,
  registers,
  sharedMemoryBytes: Math.min(225_000, (rows + columns) * 64 * BYTES * 4),
})
/** The tiles of cuBLASLt and cuDNN, which choose from the same ones. */
export const cublas: MatrixLibrary = {
  tiles: [
    tile(256, 128, 384, 168),
    tile(128, 128, 384, 168),
    tile(128, 64, 256, 128),
    tile(64, 64, 128, 96),
    tile(64, 32, 128, 88),
    tile(64, 16, 128, 88),
    tile(64, 8, 128, 88),
  ],
  efficiency: 0.9,
  threadsToCompute: 128,
}
/** The shares of the device's limits that each kind of kernel reaches. */
export const EFFICIENCY = {
  vector: 1,
  strided: 0.27,
  concatenate: 0.13,
  norm: 0.5,
  pool: 0.1,
  row: 0.25,
  depthwise: 0.5,
}

/** One vectorised pass that reads or writes `operands` tensors. */
export function vector(name: string, count: number, operands: number, bytesEach = BYTES): Launch {
  const bytes = operands * count * bytesEach
  const { vector: efficiency } = EFFICIENCY
  return stream({ name, elements: count, bytes, threads: 128, perThread: 8, efficiency })
}

/** A pass with strided access. */
export function strided(name: string, count: number, bytesEach = BYTES): Launch {
  const bytes = 2 * count * bytesEach
  const { strided: efficiency } = EFFICIENCY
  return stream({ name, elements: count, bytes, threads: 128, perThread: 4, efficiency })
}

/** A block of four warps for each row. */
export function rowKernel(
  name: string,
  rows: number,
  columns: number,
  bytesPerElement = BYTES,
): Launch {
  return rowLaunch({
    name,
    rows,
    columns,
    bytesPerElement,
    block: [32, 4, 1],
    registers: 32,
    sharedMemoryBytes: 24,
    efficiency: EFFICIENCY.row,
  })
}
