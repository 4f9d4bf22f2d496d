import { VENDOR_OF } from '../../device/device.js'
import { InputError } from '../../errors.js'
import { hasColumns, type Row, type Tables } from './tables.js'
import { numbersOf, type Trace, type TracedGpu, traceOf } from './trace.js'

const TOOL = 'rocprofv3'
const SYMBOLS = 'rocpd_info_kernel_symbol'
const AGENTS = 'rocpd_info_agent'

const AXES = ['x', 'y', 'z'] as const
const NEEDED = [
  ...['name', 'start', 'end', 'kernel_id', 'lds_size'],
  ...AXES.flatMap((axis) => [`grid_${axis}`, `workgroup_${axis}`]),
]
/** The column of the agent's index is spelled differently in different versions. */
const AGENT_INDEX = ['agent_abs_index', 'agent_absolute_index']

/** Whether a database is one of rocprofv3. */
export function isRocpd(tables: Tables): boolean {
  return tables.columnsOf(SYMBOLS).length > 0
}

/**
 * The kernels of a rocprofv3 database (rocpd), read from its view `kernels`. Grids are in
 * work-items, times are in ns, and registers are stored with the kernel's symbol.
 * @throws InputError if the view or one of its columns is missing, or there are no kernels
 */
export function traceFromRocpd(tables: Tables, file: string): Trace {
  const there = tables.columnsOf('kernels')
  const missing = NEEDED.find((column) => !there.includes(column))
  const agent = AGENT_INDEX.find((column) => there.includes(column))
  if (missing !== undefined || agent === undefined) {
    const expected = `a column ${missing ?? AGENT_INDEX[0]} (record with --kernel-trace)`
    throw new InputError({ file, path: 'kernels', expected, found: 'none' })
  }
  const kernels = tables.rows(
    `SELECT k.name, k.grid_x, k.grid_y, k.grid_z, k.workgroup_x, k.workgroup_y, k.workgroup_z,
       k.lds_size, s.arch_vgpr_count, s.accum_vgpr_count, k.${agent} AS gpu,
       k.start - (SELECT min(start) FROM kernels) AS startNs, k."end" - k.start AS durationNs
     FROM kernels k LEFT JOIN ${SYMBOLS} s ON s.id = k.kernel_id`,
  )
  const read = kernels.map((row, i) => {
    const place = `kernels row ${i + 1}`
    return { place, kernel: kernelOf(row, numbersOf(row, file, place)) }
  })
  return { vendor: VENDOR_OF.rocm, ...traceOf(TOOL, read, gpusOf(tables), file) }
}

function kernelOf(row: Row, number: ReturnType<typeof numbersOf>) {
  const block = AXES.map((axis) => number(`workgroup_${axis}`))
  const items = AXES.map((axis) => number(`grid_${axis}`))
  return {
    name: row.name,
    grid: blocksOf(items, block),
    block,
    registers: number('arch_vgpr_count', 0) + number('accum_vgpr_count', 0),
    sharedMemoryBytes: number('lds_size', 0),
    startUs: number('startNs') / 1000,
    durationUs: number('durationNs') / 1000,
    gpu: row.gpu,
  }
}

/** Number of work-groups in a grid of work-items; the last one in a dimension may be incomplete. */
export function blocksOf(items: readonly number[], block: readonly number[]): number[] {
  return items.map((count, i) => Math.ceil(count / block[i]))
}

function gpusOf(tables: Tables): Map<number, TracedGpu> {
  if (!hasColumns(tables, AGENTS, ['absolute_index', 'type', 'product_name'])) return new Map()
  const rows = tables.rows(
    `SELECT absolute_index AS gpu, product_name AS name FROM ${AGENTS} WHERE type = 'GPU'`,
  )
  return new Map(
    rows.map(({ gpu, name }) => [Number(gpu), { name: name === null ? undefined : `${name}` }]),
  )
}
