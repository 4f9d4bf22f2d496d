import { VENDOR_OF } from '../../device/device.js'
import { InputError } from '../../errors.js'
import { hasColumns, type Row, type Tables } from './tables.js'
import { type Trace, type TracedGpu, traceOf } from './trace.js'

const TOOL = 'Nsight Systems'
const KERNELS = 'CUPTI_ACTIVITY_KIND_KERNEL'
/** The table that takes the place of kernels if graphs were recorded as a whole. */
const GRAPHS = 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE'

const NEEDED = [
  ...['start', 'end', 'deviceId', 'demangledName', 'registersPerThread'],
  ...['gridX', 'gridY', 'gridZ', 'blockX', 'blockY', 'blockZ'],
  ...['staticSharedMemory', 'dynamicSharedMemory'],
]

/** Whether a database is an export of Nsight Systems. */
export function isNsys(tables: Tables): boolean {
  return tables.columnsOf('StringIds').length > 0
}

/**
 * The kernels of an Nsight Systems export (`nsys export --type sqlite`). Each kernel is a row; its
 * name is an index into `StringIds`, and times are in ns.
 * @throws InputError if there are no kernels, or columns are missing
 */
export function traceFromNsys(tables: Tables, file: string): Trace {
  checkKernels(tables, file)
  const kernels = tables.rows(
    `SELECT s.value AS name, k.gridX, k.gridY, k.gridZ, k.blockX, k.blockY, k.blockZ,
       k.registersPerThread AS registers, k.staticSharedMemory + k.dynamicSharedMemory AS sharedMemory,
       k.start - (SELECT min(start) FROM ${KERNELS}) AS startNs, k."end" - k.start AS durationNs,
       k.deviceId AS gpu
     FROM ${KERNELS} k LEFT JOIN StringIds s ON s.id = k.demangledName`,
  )
  const read = kernels.map((row, i) => ({
    place: `${KERNELS} row ${i + 1}`,
    kernel: kernelOf(row),
  }))
  return { vendor: VENDOR_OF.cuda, ...traceOf(TOOL, read, gpusOf(tables), file) }
}

function checkKernels(tables: Tables, file: string): void {
  const there = tables.columnsOf(KERNELS)
  if (there.length === 0) {
    const wholeGraphs = tables.columnsOf(GRAPHS).length > 0
    const expected = wholeGraphs
      ? 'kernels (record with --cuda-graph-trace=node)'
      : 'kernels (record with --trace=cuda)'
    const found = wholeGraphs ? 'graphs as a whole' : `no table ${KERNELS}`
    throw new InputError({ file, expected, found })
  }
  const missing = NEEDED.find((column) => !there.includes(column))
  if (missing === undefined) return
  throw new InputError({ file, path: KERNELS, expected: `a column ${missing}`, found: 'none' })
}

function kernelOf(row: Row) {
  return {
    name: row.name,
    grid: [row.gridX, row.gridY, row.gridZ],
    block: [row.blockX, row.blockY, row.blockZ],
    registers: row.registers,
    sharedMemoryBytes: row.sharedMemory,
    startUs: Number(row.startNs) / 1000,
    durationUs: Number(row.durationNs) / 1000,
    gpu: row.gpu,
  }
}

function gpusOf(tables: Tables): Map<number, TracedGpu> {
  const isKnown =
    hasColumns(tables, 'TARGET_INFO_CUDA_DEVICE', ['cudaId', 'gpuId']) &&
    hasColumns(tables, 'TARGET_INFO_GPU', ['id', 'name', 'smCount'])
  if (!isKnown) return new Map()
  const rows = tables.rows(
    `SELECT d.cudaId AS gpu, g.name AS name, g.smCount AS cus
     FROM TARGET_INFO_CUDA_DEVICE d JOIN TARGET_INFO_GPU g ON g.id = d.gpuId`,
  )
  return new Map(
    rows.map(({ gpu, name, cus }) => [Number(gpu), { name: `${name}`, cus: Number(cus) }]),
  )
}
