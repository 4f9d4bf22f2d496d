import { type Launch, type MatrixLibrary, stream, type Tile } from './launch.js'

/** Bytes of a float32. */
export const BYTES = 4
const tile = (rows: number, columns: number, threads: number, registers: number): Tile => ({
  rows,
  columns,
  threads,
  registers,
  sharedMemoryBytes: (rows + columns) * 16 * BYTES,
})
/**
 * rocBLAS runs every product that is not one of MIOpen's own convolutions. BERT on 128 tokens takes 5.4 ms on an
 * MI50 (REEF, OSDI 2022); with these tiles it takes 5.0 ms.
 */
export const rocblas: MatrixLibrary = {
  tiles: [
    tile(128, 128, 256, 128),
    tile(128, 64, 256, 84),
    tile(64, 64, 256, 64),
    tile(64, 32, 256, 48),
    tile(32, 32, 256, 32),
    tile(32, 8, 64, 32),
  ],
  efficiency: 0.9,
  threadsToCompute: 512,
}

/** One vectorised pass that reads or writes `operands` tensors. */
export function elementwise(name: string, count: number, operands: number): Launch {
  const bytes = operands * count * BYTES
  return stream({ name, elements: count, bytes, threads: 256, perThread: 4, efficiency: 1 })
}

/** A pass with strided access. */
export function copy(name: string, count: number): Launch {
  const bytes = 2 * count * BYTES
  return stream({ name, elements: count, bytes, threads: 256, perThread: 4, efficiency: 0.5 })
}
