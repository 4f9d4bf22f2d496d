import { VENDOR_OF } from '../../device/device.js'
import { InputError } from '../../errors.js'
import { blocksOf } from './rocpd.js'
import { numbersOf, type Trace, traceOf } from './trace.js'

const TOOL = 'rocprofv3'
const AXES = ['X', 'Y', 'Z'] as const

const NEEDED = [
  ...['Kernel_Name', 'Agent_Id', 'Start_Timestamp', 'End_Timestamp'],
  ...AXES.flatMap((axis) => [`Workgroup_Size_${axis}`, `Grid_Size_${axis}`]),
]

/** Whether a text is a kernel trace of rocprofv3, whose first line has the column of kernel names. */
export function isRocprofCsv(text: string): boolean {
  return cellsOf(text.slice(0, 10_000).split('\n', 1)[0]).includes('Kernel_Name')
}

/**
 * The kernels of a `..._kernel_trace.csv` of rocprofv3: one per line, with grids in work-items and
 * times in ns. Version 6.2 calls the local memory `Group_Segment_Size`.
 * @throws InputError if a column is missing, a line is short, a cell holds no number, or there are no kernels
 */
export function traceFromRocprofCsv(text: string, file: string): Trace {
  const [header, ...lines] = text.split(/\r?\n/)
  const columns = cellsOf(header)
  const missing = NEEDED.find((column) => !columns.includes(column))
  if (missing !== undefined) {
    const expected = `a column ${missing}, as in a kernel trace of ${TOOL}`
    throw new InputError({ file, path: 'line 1', expected, found: 'none' })
  }
  let startNs: number | undefined
  const read = lines.flatMap((line, i) => {
    if (line.trim() === '') return []
    const cells = cellsOf(line)
    const place = `line ${i + 2}`
    if (cells.length !== columns.length) {
      const expected = `${columns.length} values, as the header has`
      throw new InputError({ file, path: place, expected, found: `${cells.length}` })
    }
    const row = Object.fromEntries(columns.map((column, c) => [column, cells[c]]))
    const number = numbersOf(row, file, place)
    startNs ??= number('Start_Timestamp')
    return [{ place, kernel: kernelOf(row, number, startNs) }]
  })
  return { vendor: VENDOR_OF.rocm, ...traceOf(TOOL, read, new Map(), file) }
}

function kernelOf(
  row: Readonly<Record<string, string>>,
  number: ReturnType<typeof numbersOf>,
  originNs: number,
) {
  const block = AXES.map((axis) => number(`Workgroup_Size_${axis}`))
  const items = AXES.map((axis) => number(`Grid_Size_${axis}`))
  const startNs = number('Start_Timestamp')
  return {
    name: row.Kernel_Name,
    grid: blocksOf(items, block),
    block,
    registers: number('VGPR_Count', 0) + number('Accum_VGPR_Count', 0),
    sharedMemoryBytes: number('LDS_Block_Size' in row ? 'LDS_Block_Size' : 'Group_Segment_Size', 0),
    startUs: (startNs - originNs) / 1000,
    durationUs: (number('End_Timestamp') - startNs) / 1000,
    gpu: Number(/\d+/.exec(row.Agent_Id)?.[0] ?? number('Agent_Id')),
  }
}

const CELL = /("(?:[^"]|"")*"|[^,]*)(?:,|$)/y

/** The values of a line. A quoted value may contain commas, and quotes that are doubled. */
function cellsOf(line: string): string[] {
  const cells: string[] = []
  CELL.lastIndex = 0
  while (CELL.lastIndex <= line.length) {
    const match = CELL.exec(line)
    if (match === null) return cells
    const [whole, cell] = match
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell.trim())
    if (!whole.endsWith(',')) return cells
  }
  return cells
}
