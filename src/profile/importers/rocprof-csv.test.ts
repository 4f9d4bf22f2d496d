import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRocprofCsv, traceFromRocprofCsv } from './rocprof-csv.js'

const AXES = ['X', 'Y', 'Z']
const COLUMNS = [
  ...['Agent_Id', 'Kernel_Name', 'Start_Timestamp', 'End_Timestamp'],
  ...AXES.map((axis) => `Workgroup_Size_${axis}`),
  ...AXES.map((axis) => `Grid_Size_${axis}`),
]
const CELLS = ['"Agent 12"', 'gemm', '7000', '9500', '64', '2', '1', '130', '4', '3']
const KERNEL = {
  ...{ name: 'gemm', grid: [3, 2, 3], block: [64, 2, 1], registers: 0, sharedMemoryBytes: 0 },
  ...{ startUs: 0, durationUs: 2.5, gpu: 12 },
}

/** The kernels of a file with these lines under the columns that are needed and `more` of them. */
const kernelsOf = (lines: readonly (readonly string[])[], more: readonly string[] = []) =>
  traceFromRocprofCsv(
    [[...COLUMNS, ...more], ...lines].map((cells) => cells.join()).join('\n'),
    'f',
  ).kernels

function assertRefused(line: readonly string[], message: RegExp): void {
  assert.throws(() => kernelsOf([line]), { name: 'InputError', message })
}

test('a kernel is read with its work-groups, its times and the number of its agent', () => {
  assert.deepEqual(kernelsOf([CELLS]), [KERNEL])
})

test('registers of both kinds are added up, and local memory has either of its names', () => {
  const registers = ['VGPR_Count', 'Accum_VGPR_Count']
  for (const memory of ['LDS_Block_Size', 'Group_Segment_Size']) {
    const [kernel] = kernelsOf([[...CELLS, '40', '8', '512']], [...registers, memory])
    assert.deepEqual(kernel, { ...KERNEL, registers: 48, sharedMemoryBytes: 512 })
  }
  const [both] = kernelsOf([[...CELLS, '1', '512']], ['Group_Segment_Size', 'LDS_Block_Size'])
  assert.equal(both.sharedMemoryBytes, 512)
})

test('kernels are told apart in time from the first line, which may not be the first to start', () => {
  const at = (start: number) => CELLS.with(2, `${start}`).with(3, `${start + 1000}`)
  const times = kernelsOf([at(7000), at(5000), at(9000)]).map(({ startUs }) => startUs)
  assert.deepEqual(times, [-2, 0, 2])
})

test('names may be quoted, with commas and quotes in them, and values may stand among spaces', () => {
  const quoted = CELLS.with(1, '"f<int, ""x"">(a,b)"').with(4, ' 64 ')
  assert.deepEqual(kernelsOf([quoted]), [{ ...KERNEL, name: 'f<int, "x">(a,b)' }])
  const windows = [COLUMNS, CELLS, ['']].map((cells) => cells.join()).join('\r\n')
  assert.deepEqual(traceFromRocprofCsv(windows, 'f').kernels, [KERNEL])
})

test('what is missing in a line is told with the number of the line', () => {
  assertRefused(CELLS.slice(0, -1), /^f: line 2: expected 10 values, as the header has, found 9$/)
  assertRefused([...CELLS, ''], /expected 10 values, as the header has, found 11$/)
  for (const column of [2, 3, 4, 7]) {
    assertRefused(CELLS.with(column, ''), /^f: line 2: expected /)
  }
  assertRefused(CELLS.with(0, 'Agent'), /line 2: expected a number as Agent_Id, found "Agent"$/)
  assertRefused(CELLS.with(1, ''), /as the kernel's name, found/)
})

test('a kernel trace is known by a column of its first line', () => {
  assert.ok(isRocprofCsv('"Kind","Kernel_Name"\n"KERNEL_DISPATCH","f"'))
  assert.ok(!isRocprofCsv('"Kind","Name"\n"Kernel_Name","f"'))
  assert.ok(!isRocprofCsv('{"Kernel_Name": 1}'))
})
