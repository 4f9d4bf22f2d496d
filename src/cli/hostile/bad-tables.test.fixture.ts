/** Bad tables and lists in text form: latencies, batches, arrivals. */

type BadTables = readonly (readonly [what: string, content: string, line: RegExp])[]

const HEADER = 'partition,batch,latency_ms'
/** A table of two sizes and one batch. */
function table(...lines: readonly string[]): string {
  return [HEADER, '1g,1,4', ...lines, ''].join('\n')
}

export const BAD_LATENCIES: BadTables = [
  ['nothing', '', /an empty file/],
  ['comments only', '# nothing\n\n', /an empty file/],
  ['no header', '1g,1,4\n', /line 1: expected the header/],
  ['another header', 'size,batch,ms\n', /line 1: expected the header/],
  ['a header alone', `${HEADER}\n`, /at least one latency/],
  ['an unknown partition', table('9g,1,2'), /line 3: expected a partition/],
  ['no partition', table(',1,2'), /line 3: expected a partition/],
  ['a partition of an object', table('__proto__,1,2'), /line 3: expected a partition/],
  ['a hundred thousand units', table('100000,1,2'), /line 3: expected 1 to 2048 compute units/],
  ['no units', table('0,1,2'), /line 3: expected 1 to 2048 compute units/],
  ['half a unit', table('1.5,1,2'), /line 3: expected a partition/],
  ['batch 0', table('2g,0,2'), /line 3: expected a whole batch/],
  ['batch 1.5', table('2g,1.5,2'), /line 3: expected a whole batch/],
  ['a huge batch', table('2g,99999999,2'), /line 3: expected a whole batch/],
  ['no batch', table('2g,,2'), /line 3: expected a batch size/],
  ['latency 0', table('2g,1,0'), /line 3: expected a latency above 0/],
  ['latency -1', table('2g,1,-1'), /line 3: expected a latency above 0/],
  ['latency NaN', table('2g,1,NaN'), /line 3: expected a latency in ms, found "NaN"/],
  ['latency 1e308', table('2g,1,1e308'), /line 3: expected a latency in ms/],
  ['latency 1e-300', table('2g,1,1e-300'), /line 3: expected a latency from a nanosecond/],
  ['latency 1e12', table('2g,1,1e12'), /line 3: expected a latency from a nanosecond/],
  ['a comma in a number', table('2g,1,1,5'), /line 3: expected at most 3 cells.*decimals/],
  ['a comma between semicolons', 'partition;batch;latency_ms\n1g;1;1,5', /found "1,5"/],
  ['a cell too few', table('2g,1'), /line 3: expected a latency in ms, found nothing/],
  ['quotation marks', table('"2g","1","2"'), /line 3: expected a partition/],
  ['a point twice', table('1g,1,4'), /line 3: expected one latency for 16 units at batch 1/],
  ['a hole', table('2g,2,4'), /to leave no hole/],
  [
    'many holes',
    table(
      ...Array.from({ length: 60_000 }, (_, i) => `1g,${i + 2},4`),
      ...Array.from({ length: 2000 }, (_, i) => `${i + 17},1,4`),
    ),
    /to leave no hole/,
  ],
  ['an escape sequence', table('\u{1B}[2J,1,2'), /line 3: .* found "\\u001b\[2J"/],
  ['two million lines', `${HEADER}\n${'1g,1,4\n'.repeat(2e6)}`, /at most 1000000 lines/],
  ['a line of 10 MB', table(`2g,1,${'1'.repeat(1e7)}`), /line 3: expected a latency in ms/],
  ['ten million cells', table(','.repeat(1e7)), /line 3: expected at most 3 cells/],
]

export const BAD_BATCHES: BadTables = [
  ['nothing', '', /a distribution with some weight/],
  ['a header alone', 'batch,weight\n', /a distribution with some weight/],
  ['no numbers', 'batch\nmany\n', /line 2: expected a batch size/],
  ['batch 0', '0\n', /line 1: expected a batch from 1/],
  ['a huge batch', '1e9\n', /line 1: expected a batch from 1/],
  ['a negative weight', '1,-1\n', /line 1: expected a weight of 0 or more/],
  ['a weight of 1e308', '1,1e308\n', /line 1: expected a weight, found "1e308"/],
  ['no weight at all', '1,0\n', /a distribution with some weight/],
  ['a batch twice', '1,1\n1,1\n', /each batch once/],
  ['three cells', 'batch,weight\n1,0,5\n', /line 2: expected at most 2 cells/],
]

export const BAD_ARRIVALS: BadTables = [
  ['nothing', '', /at least two arrivals/],
  ['one', '1\n', /at least two arrivals/],
  ['no time', '1\nlater\n', /line 2: expected a time in seconds/],
  ['backwards', '2\n1\n', /line 2: expected a time not before 2/],
  ['before 0', '-1\n1\n', /line 1: expected a time not before 0/],
  ['at infinity', '1\nInfinity\n', /line 2: expected a time in seconds/],
  ['at 1e308', '1\n1e308\n', /line 2: expected a time in seconds/],
  ['all at once', '1\n1\n1\n', /at least two different arrival times/],
  ['batch 0', '1,0\n2,1\n', /line 1: expected a batch from 1/],
  ['a batch missing', '1,1\n2\n', /line 2: expected a batch size, found nothing/],
  ['two million', `${'1\n'.repeat(2e6)}`, /at most 1000000 lines/],
]

const KERNELS =
  'Agent_Id,Kernel_Name,Start_Timestamp,End_Timestamp,LDS_Block_Size,VGPR_Count,Workgroup_Size_X,Workgroup_Size_Y,Workgroup_Size_Z,Grid_Size_X,Grid_Size_Y,Grid_Size_Z'
const KERNEL = '1,gemm,1000,6000,0,32,256,1,1,4096,1,1'
/** Two requests of one kernel, with the second one changed. */
function kernels(change: (line: string) => string): string {
  return [KERNELS, KERNEL, change(KERNEL), ''].join('\n')
}

/** Tables of kernels, as rocprofv3 writes them. */
export const BAD_KERNELS: BadTables = [
  ['a header alone', `${KERNELS}\n`, /kernels in a trace of rocprofv3, found none/],
  ['a column less', kernels((line) => line).replaceAll(',Grid_Size_Z', ''), /a column Grid_Size_Z/],
  ['a cell too few', kernels((line) => line.replace(',1,1', '')), /line 3: expected 12 values/],
  ['a cell too many', kernels((line) => `${line},1`), /line 3: expected 12 values/],
  [
    'no name',
    kernels((line) => line.replace('gemm', '')),
    /line 3: expected at least 1 character as the kernel's name, found ""$/,
  ],
  [
    'a word for a time',
    kernels((line) => line.replace('6000', 'later')),
    /line 3: expected a number as End_Timestamp, found "later"$/,
  ],
  ['backwards', kernels((line) => line.replace('6000', '60')), /line 3: .*durationUs/],
  ['an hour', kernels((line) => line.replace('6000', '3.6e12')), /line 3: .*durationUs/],
  ['at 1e308', kernels((line) => line.replace('1000', '1e308')), /line 3: .*(start|duration)Us/],
  ['no blocks', kernels((line) => line.replace('4096', '0')), /line 3: .*grid/],
  ['a grid of 1e15', kernels((line) => line.replace('4096', '1e15')), /line 3: .*grid/],
  ['a block of 0', kernels((line) => line.replace(',256', ',0')), /line 3: .*(grid|block)/],
  [
    'no GPU',
    kernels((line) => line.replace(/^1/, 'x')),
    /line 3: expected a number as Agent_Id, found "x"$/,
  ],
  ['another GPU', kernels((line) => line.replace(/^1/, '2')), /kernels of one GPU, found of 1, 2/],
  ['another kernel', kernels((line) => line.replace('gemm', 'add')), /kernels that do not repeat/],
  ['two million lines', `${KERNELS}\n${'x\n'.repeat(2e6)}`, /line 2: expected 12 values/],
  ['ten million cells', `${KERNELS}\n${','.repeat(1e7)}`, /line 2: expected 12 values/],
  ['a line of 10 MB', kernels((line) => line.replace('gemm', 'x'.repeat(1e7))), /do not repeat/],
]

/** Traces of a workload and of a demand. */
export const BAD_TRACES: BadTables = [
  ['nothing', '# none\n', /expected arrival times, found none/],
  ['backwards', '2\n1\n', /line 2: expected a time in seconds, not before 2/],
  ['a comma', '0,5\n', /line 1: expected a time in seconds/],
  ['before 0', '-1\n', /line 1: expected a time in seconds/],
  ['NaN', 'NaN\n', /line 1: expected a time in seconds/],
  ['1e308', '1e308\n', /line 1: expected a time in seconds/],
  ['a word', '1\nlater\n', /line 2: expected a time in seconds/],
  ['two million', '1\n'.repeat(2e6), /at most 1000000 lines/],
  ['an escape sequence', '\u{1B}[2J\n', /found "\\u001b\[2J"/],
]
