import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import sqlite from 'node-sqlite3-wasm'
import { h200 } from '../device/catalog/h200.js'
import { totalCus } from '../device/device.js'
import { InputError } from '../errors.js'
import { profileOfTrace } from '../profile/importers/profile-of.js'
import { blocksOf } from '../profile/importers/rocpd.js'
import type { Trace } from '../profile/importers/trace.js'
import {
  kinetoTrace,
  launches,
  rocprofCsv,
  writeNsys,
  writeRocpd,
} from '../profile/importers/traces.test.fixture.js'
import { loadShippedProfile } from './library.js'
import { readSqlite } from './sqlite.js'
import { readTrace } from './trace.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-trace-'))
after(() => rmSync(folder, { recursive: true }))

const WHOLE = totalCus(h200)
const shipped = loadShippedProfile('h200', 'vgg19', 8, { file: 'test', path: '' })
/** Has a name of the kind that only templates have. */
const recorded = {
  ...shipped,
  kernels: shipped.kernels.with(5, { ...shipped.kernels[5], name: 'k<"a", 2>(int, "b""c")' }),
}
const ran = launches(recorded.kernels, WHOLE)
const last = ran[recorded.kernels.length - 1]
/** All requests take as long as the first. */
const REQUEST_US = (last.startNs + last.durationNs - ran[0].startNs) / 1000
/** In a rocpd database, registers belong to the symbol of a kernel, so a name always has the same number. */
const ofSymbol = new Map(recorded.kernels.map(({ name, registers }) => [name, registers]))

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

/** @param sql changes to make to the database afterwards */
function database(name: string, write: (file: string) => void, sql = ''): string {
  const file = join(folder, name)
  write(file)
  const opened = new sqlite.Database(file)
  opened.exec(sql)
  opened.close()
  return file
}

/** Too large for a double to tell one ns from the next. */
const SINCE_1970 = '1764000000000000001'

const kineto = JSON.stringify(kinetoTrace(ran))
/** The same launches in the form in which every tool writes them. */
const TRACES: readonly (readonly [what: string, file: string])[] = [
  ['Kineto', fileOf('kineto.json', kineto)],
  ['Kineto, packed', fileOf('kineto.json.gz', gzipSync(kineto))],
  [
    'Kineto, the events alone, as old versions name them',
    fileOf(
      'events.json',
      JSON.stringify(kinetoTrace(ran).traceEvents).replaceAll('"kernel"', '"Kernel"'),
    ),
  ],
  ['Nsight Systems', database('nsys.sqlite', (file) => writeNsys(file, ran))],
  [
    'Nsight Systems, by a clock that counts ns from 1970',
    database(
      'late.sqlite',
      (file) => writeNsys(file, ran),
      `UPDATE CUPTI_ACTIVITY_KIND_KERNEL SET start = start + ${SINCE_1970}, "end" = "end" + ${SINCE_1970}`,
    ),
  ],
  ['rocpd', database('rocpd.db', (file) => writeRocpd(file, ran))],
  ['rocpd, newer', database('new.db', (file) => writeRocpd(file, ran, 'agent_absolute_index'))],
  ['rocprofv3 CSV', fileOf('1_kernel_trace.csv', rocprofCsv(ran))],
]

for (const [what, file] of TRACES) {
  test(`${what}: the request and its kernels are read as they ran`, async () => {
    const { profile, request } = profileOfTrace(
      await readTrace(file),
      h200,
      { model: 'm', batch: 8 },
      file,
    )
    assert.deepEqual([request.requests, request.leftOut], [3, 0])
    assert.ok(Math.abs(request.spanUs - REQUEST_US) < 0.01, `${request.spanUs} µs`)
    assert.equal(profile.kernels.length, recorded.kernels.length)
    profile.kernels.forEach((kernel, k) => {
      const { name, grid, block, registers, sharedMemoryBytes, durationUs } = recorded.kernels[k]
      assert.deepEqual(
        [kernel.name, kernel.grid, kernel.block, kernel.sharedMemoryBytes],
        [name, grid, block, sharedMemoryBytes],
      )
      assert.equal(kernel.registers, what.startsWith('rocpd') ? ofSymbol.get(name) : registers)
      assert.ok(Math.abs(kernel.durationUs[WHOLE] - durationUs[WHOLE]) < 0.002)
    })
  })
}

test('a kernel to which a clock gave no time takes a nanosecond', async () => {
  const { kernels, ...trace } = await readTrace(TRACES[0][1])
  const timeless = kernels.map((kernel) => ({ ...kernel, durationUs: 0 }))
  const what = { model: 'm', batch: 8 }
  const { profile } = profileOfTrace({ ...trace, kernels: timeless }, h200, what, 'trace')
  for (const { durationUs } of profile.kernels) assert.equal(durationUs[WHOLE], 0.001)
})

test('work-groups that a grid does not fill completely count as whole ones', () => {
  assert.deepEqual(blocksOf([100, 64, 1], [64, 64, 1]), [2, 1, 1])
})

test('the tool of a trace is recognised by its content, and the GPU by what the tool wrote', async () => {
  const gpuOf = ({ gpus, kernels }: Trace) => gpus.get(kernels[0].gpu)
  assert.deepEqual(gpuOf(await readTrace(TRACES[0][1])), { name: 'NVIDIA H200', cus: 132 })
  assert.deepEqual(gpuOf(await readTrace(TRACES[3][1])), { name: 'NVIDIA H200', cus: 132 })
  assert.deepEqual(gpuOf(await readTrace(TRACES[5][1])), { name: 'AMD Instinct MI50' })
  assert.equal(gpuOf(await readTrace(TRACES[7][1])), undefined)
  const traces = await Promise.all(TRACES.map(([, file]) => readTrace(file)))
  const tools = traces.map(({ tool }) => tool)
  assert.deepEqual(new Set(tools), new Set(['the PyTorch profiler', 'Nsight Systems', 'rocprofv3']))
})

test('a GPU of which the tool wrote one part alone is unknown', async () => {
  for (const table of ['TARGET_INFO_GPU', 'TARGET_INFO_CUDA_DEVICE']) {
    const write = (file: string) => writeNsys(file, ran)
    const file = database(`without-${table}.db`, write, `DROP TABLE ${table}`)
    const { gpus, kernels } = await readTrace(file)
    assert.deepEqual([gpus.size, kernels.length > 0], [0, true])
  }
})

test('a database is only read, and leaves no files behind', async () => {
  const alone = join(folder, 'alone')
  mkdirSync(alone)
  const file = join(alone, 'nsys.sqlite')
  writeNsys(file, ran)
  const bytes = readFileSync(file)
  const ours = () => readdirSync(tmpdir()).filter((name) => name.startsWith('eclip-sqlite-'))
  const before = ours()
  await readTrace(file)
  assert.deepEqual(readFileSync(file), bytes)
  assert.deepEqual(readdirSync(alone), ['nsys.sqlite'])
  assert.deepEqual(ours(), before)
})

const RECORDED = fileURLToPath(new URL('../../src/profile/importers/recorded/', import.meta.url))
/** A trace that Debian's PyTorch 1.13 recorded on a CPU, with operators and no kernels. */
const ON_CPU = join(RECORDED, 'pytorch-1.13-cpu.json')

/** Traces of GPUs, recorded by lab/h200/trace.py with five requests each. */
for (const name of readdirSync(RECORDED).filter((file) => file.endsWith('.json.gz'))) {
  test(`${name}, recorded on a GPU, is five requests`, async () => {
    const file = join(RECORDED, name)
    const trace = await readTrace(file)
    const { request } = profileOfTrace(trace, h200, { model: 'm', batch: 8 }, file)
    assert.deepEqual([request.requests, request.leftOut], [5, 0])
    assert.ok(trace.gpus.get(trace.kernels[0].gpu)?.name)
  })
}

const nsys = readFileSync(TRACES[3][1])
const event = (change: object): string => {
  const [first, ...rest] = kinetoTrace(ran).traceEvents.slice(2)
  return JSON.stringify([{ ...first, ...change }, ...rest])
}
const csv = rocprofCsv(ran)
const KERNELS = 'CUPTI_ACTIVITY_KIND_KERNEL'

const BAD: readonly (readonly [what: string, file: string, message: RegExp])[] = [
  ['a trace of a CPU', ON_CPU, /traceEvents: expected kernels of a GPU .*none among 44 events$/],
  ['no trace', fileOf('profile.json', '{"format":"eclip.profile/1"}'), /Chrome trace.*nothing$/],
  ['a cut JSON', fileOf('cut.json', kineto.slice(0, 900)), /cut\.json: .*expected JSON/],
  ['no text', fileOf('noise', Buffer.from([1, 2, 3, 255])), /expected a Chrome trace of.*starts/],
  ['an empty file', fileOf('empty', ''), /empty: expected a Chrome trace/],
  ['no file', join(folder, 'absent.json'), /absent\.json: expected .*found no such file$/],
  ['a folder', folder, /found a folder$/],
  ['a report', fileOf('r.nsys-rep', 'QDSTRM'), /nsys export --type sqlite/],
  [
    'an event without duration',
    fileOf('dur.json', event({ dur: undefined })),
    /traceEvents\[0\]\.dur: expected a number, found nothing$/,
  ],
  [
    'a kernel without a grid',
    fileOf('grid.json', event({ args: { block: [1, 1, 1] } })),
    /traceEvents\[0\]: expected an array as the kernel's grid, found nothing$/,
  ],
  [
    'a negative duration',
    fileOf('negative.json', event({ dur: -1 })),
    /traceEvents\[0\]: expected a number of at least 0 as the kernel's durationUs, found -1$/,
  ],
  [
    'a cut database',
    fileOf('cut.db', nsys.subarray(0, 8192)),
    /cut\.db: expected a complete SQLite/,
  ],
  ...[
    ['a foreign database', 'StringIds RENAME TO Strings', /SQLite database of something else$/],
    [
      'no kernels',
      `${KERNELS} RENAME TO K`,
      /kernels \(record with --trace=cuda\), found no table/,
    ],
    [
      'graphs as a whole',
      `${KERNELS} RENAME TO CUPTI_ACTIVITY_KIND_GRAPH_TRACE`,
      /kernels \(record with --cuda-graph-trace=node\), found graphs as a whole$/,
    ],
    [
      'a column of another version',
      `${KERNELS} RENAME COLUMN gridY TO grid`,
      /CUPTI_ACTIVITY_KIND_KERNEL: expected a column gridY, found none$/,
    ],
  ].map(([what, change, message], i) => {
    const write = (file: string) => writeNsys(file, ran)
    const file = database(`nsys-${i}.db`, write, `ALTER TABLE ${change}`)
    return [`Nsight Systems: ${what}`, file, message] as [string, string, RegExp]
  }),
  [
    'rocpd without its view',
    database('view.db', (file) => writeRocpd(file, ran), 'DROP VIEW kernels'),
    /kernels: expected a column name \(record with --kernel-trace\), found none$/,
  ],
  [
    'rocpd with an unknown index of GPUs',
    database(
      'index.db',
      (file) => writeRocpd(file, ran),
      'DROP VIEW kernels; CREATE VIEW kernels AS SELECT 1 AS name, 1 AS start, 1 AS "end", 1 AS kernel_id, 1 AS lds_size, 1 AS grid_x, 1 AS grid_y, 1 AS grid_z, 1 AS workgroup_x, 1 AS workgroup_y, 1 AS workgroup_z',
    ),
    /kernels: expected a column agent_abs_index/,
  ],
  [
    'rocpd with a kernel that ends before it starts',
    database(
      'backwards.db',
      (file) => writeRocpd(file, ran),
      'UPDATE dispatch SET "end" = start - 1 WHERE rowid = 3',
    ),
    /: kernels row 3: expected a number of at least 0 as the kernel's durationUs, found -0\.001$/,
  ],
  [
    'Nsight Systems with a kernel that ends before it starts',
    database(
      'backwards.sqlite',
      (file) => writeNsys(file, ran),
      `UPDATE ${KERNELS} SET "end" = start - 1 WHERE rowid = 3`,
    ),
    /: CUPTI_ACTIVITY_KIND_KERNEL row 3: expected .* as the kernel's durationUs, found -0\.001$/,
  ],
  [
    'a database with more than is read',
    database(
      'large.sqlite',
      (file) => writeNsys(file, ran),
      "UPDATE StringIds SET value = printf('%.*c', 1048576, 'x')",
    ),
    /large\.sqlite: expected at most 64 MiB of kernels \(record fewer requests\), found more$/,
  ],
  [
    'a CSV without a column',
    fileOf('column.csv', csv.replace('Grid_Size_Y', 'Grid')),
    /line 1: expected a column Grid_Size_Y/,
  ],
  [
    'a short line',
    fileOf('short.csv', csv.replace(/,\d+\n$/, '\n')),
    /line 199: expected 15 values, as the header has, found 14$/,
  ],
  [
    'a word for a number',
    fileOf('word.csv', csv.replace(/,\d+\n$/, ',many\n')),
    /line 199: expected a number as Grid_Size_Z, found "many"$/,
  ],
  [
    'an empty cell',
    fileOf('cell.csv', csv.replace(/,\d+\n$/, ',\n')),
    /line 199: expected a number as Grid_Size_Z, found nothing$/,
  ],
  [
    'a GPU without a number',
    fileOf('gpu.csv', csv.replaceAll(/"Agent \d+"|Agent \d+/g, 'first')),
    /line 2: expected a number as Agent_Id, found "first"$/,
  ],
  [
    'rocpd with a word for a number',
    database(
      'word.db',
      (file) => writeRocpd(file, ran),
      "UPDATE dispatch SET wx = 'many' WHERE rowid = 3",
    ),
    /: kernels row 3: expected a number as workgroup_x, found "many"$/,
  ],
  ['no kernels', fileOf('none.csv', csv.split('\n')[0]), /none\.csv: expected kernels in a trace/],
]

for (const [what, file, message] of BAD) {
  test(`${what} is refused in one line`, async () => {
    await assert.rejects(readTrace(file), (error: Error) => {
      assert.ok(error instanceof InputError, error.stack)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('\n'))
      return true
    })
  })
}

test('empty texts of a database take memory, too', () => {
  const file = database('empty.sqlite', (path) => writeNsys(path, ran))
  const columns = Array.from({ length: 60 }, (_, i) => `'' AS c${i}`)
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)'
  const read = () =>
    readSqlite(file, file, (tables) => tables.rows(`${endless} SELECT ${columns} FROM n`).length)
  assert.throws(read, /at most 64 MiB of kernels/)
})
