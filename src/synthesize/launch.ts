import type { Kernel } from '../profile/profile.js'

/** A kernel launch that has no durations yet: its shape, and the work that it does. */
export interface Launch {
  readonly name: string
  /** Thread blocks. */
  readonly grid: Kernel['grid']
  /** Threads per block. */
  readonly block: Kernel['block']
  readonly registers: number
  readonly sharedMemoryBytes: number
  /** Operations, including those on the padding of partly filled tiles. */
  readonly flops: number
  /** Distinct bytes read and written. */
  readonly bytes: number
  /** The units that do the arithmetic: matrix units (if the device has them) or vector lanes. */
  readonly unit: 'matrix' | 'vector'
  /** The share of the device's limits that this kind of kernel reaches, 0 to 1. */
  readonly efficiency: number
  /** Whether each wave of blocks takes extra time to load its first tiles and store its results. */
  readonly phases: 'pipelined' | 'streaming'
}

/** Rows and columns of the result that one block of a matrix product computes. */
export interface Tile {
  readonly rows: number
  readonly columns: number
  readonly threads: number
  readonly registers: number
  readonly sharedMemoryBytes: number
}

export interface MatrixProduct {
  readonly name: string
  readonly rows: number
  readonly columns: number
  readonly inner: number
  /** How many independent products one launch computes. */
  readonly count: number
  /** Distinct bytes read and written. */
  readonly bytes: number
}

/** The tiles that a library offers, and the share of the peak rate that an endless tile would reach. */
export interface MatrixLibrary {
  readonly tiles: readonly Tile[]
  readonly efficiency: number
  /** The resident threads at which a compute unit reaches its arithmetic rate. */
  readonly threadsToCompute: number
}

/**
 * A matrix product on the tile that takes the least time on the busiest compute unit, including padding. Vendors'
 * libraries choose in a similar way, by table or by trial.
 */
export function matrixProduct(product: MatrixProduct, library: MatrixLibrary, cus: number): Launch {
  const { rows, columns, count, inner } = product
  const blocksOf = (tile: Tile): [number, number] => [
    Math.ceil(rows / tile.rows),
    Math.ceil(columns / tile.columns),
  ]
  const busiest = (tile: Tile): number => {
    const [x, y] = blocksOf(tile)
    const blocks = Math.ceil((x * y * count) / cus)
    const occupied = Math.min(1, (blocks * tile.threads) / library.threadsToCompute)
    return (blocks * tile.rows * tile.columns) / (reuse(tile) * occupied)
  }
  const tile = library.tiles.reduce((a, b) => (busiest(b) < busiest(a) ? b : a))
  const efficiency = library.efficiency * reuse(tile)
  const [x, y] = blocksOf(tile)
  return {
    name: `${product.name}_${tile.rows}x${tile.columns}`,
    grid: [x, y, count],
    block: [tile.threads, 1, 1],
    registers: tile.registers,
    sharedMemoryBytes: tile.sharedMemoryBytes,
    flops: 2 * x * y * count * tile.rows * tile.columns * inner,
    bytes: product.bytes,
    unit: 'matrix',
    efficiency,
    phases: 'pipelined',
  }
}

/** How many elements wide a tile must be so that loads take no longer than half of the arithmetic. */
const REUSE_WIDTH = 8

/** The share of the arithmetic rate that a tile reaches. Small tiles reuse less of what they load. */
function reuse({ rows, columns }: Tile): number {
  const width = (2 * rows * columns) / (rows + columns)
  return width / (width + REUSE_WIDTH)
}

/** A dense layer: every row of `inputs` features becomes one of `outputs`. */
export interface DenseLayer {
  readonly name: string
  readonly rows: number
  readonly inputs: number
  readonly outputs: number
  /** How many parts the sum over inputs is split into. Each part is a product of its own in the same launch. */
  readonly parts: number
  readonly bytesPerElement: number
}

/** The matrix product of a dense layer, with the outputs as rows, which is how both vendors' libraries run it. */
export function denseProduct(layer: DenseLayer, library: MatrixLibrary, cus: number): Launch {
  const { name, rows, inputs, outputs, parts, bytesPerElement } = layer
  const product = {
    name,
    rows: outputs,
    columns: rows,
    inner: inputs / parts,
    count: parts,
    bytes: (rows * inputs + inputs * outputs + rows * outputs) * bytesPerElement,
  }
  return matrixProduct(product, library, cus)
}

/** A kernel that gives every row of a matrix a block of its own, or a warp of a block. */
export interface RowKernel
  extends Pick<Launch, 'name' | 'block' | 'registers' | 'sharedMemoryBytes' | 'efficiency'> {
  readonly rows: number
  readonly columns: number
  readonly bytesPerElement: number
}

/** Operations per element of a normalisation, a softmax or a look-up: an estimate. */
const ROW_FLOPS = 8

/** A kernel that reads and writes each row once: normalisation, softmax, look-up. */
export function rowLaunch({ rows, columns, bytesPerElement, ...shape }: RowKernel): Launch {
  return {
    ...shape,
    grid: [rows, 1, 1],
    flops: ROW_FLOPS * rows * columns,
    bytes: 2 * rows * columns * bytesPerElement,
    unit: 'vector',
    phases: 'streaming',
  }
}

export interface Stream {
  readonly name: string
  /** Elements that are written or reduced. One thread handles `perThread` of them. */
  readonly elements: number
  readonly bytes: number
  readonly threads: number
  readonly perThread: number
  readonly efficiency: number
  readonly registers?: number
  /** Operations per element. */
  readonly flopsPerElement?: number
}

/** A kernel that passes once over its data. */
export function stream(kernel: Stream): Launch {
  const { threads, perThread } = kernel
  return {
    name: kernel.name,
    grid: [Math.max(1, Math.ceil(kernel.elements / (threads * perThread))), 1, 1],
    block: [threads, 1, 1],
    registers: kernel.registers ?? 24,
    sharedMemoryBytes: 0,
    flops: kernel.elements * (kernel.flopsPerElement ?? 1),
    bytes: kernel.bytes,
    unit: 'vector',
    efficiency: kernel.efficiency,
    phases: 'streaming',
  }
}
