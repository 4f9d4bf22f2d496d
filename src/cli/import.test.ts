import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import sqlite from 'node-sqlite3-wasm'
import { loadShippedProfile } from '../io/library.js'
import {
  kinetoTrace,
  launches,
  rocprofCsv,
  writeNsys,
} from '../profile/importers/traces.test.fixture.js'
import { until } from '../until.test.fixture.js'
import { MAIN, runEclip } from './eclip.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-import-'))
after(() => rmSync(folder, { recursive: true }))

function eclip(...args: string[]) {
  return runEclip(args, { cwd: folder })
}

const { kernels } = loadShippedProfile('h200', 'alexnet', 8, { file: 'test', path: '' })
const ran = launches(kernels, 132)
function traceFile(name: string, trace: object): string {
  writeFileSync(join(folder, name), JSON.stringify(trace))
  return name
}
const trace = traceFile('trace.json', kinetoTrace(ran))

test('a trace becomes a profile in the library, which a mix can name', () => {
  const imported = eclip('import', trace, '--model', 'mine', '--batch', '8')
  assert.equal(imported.status, 0, imported.stderr)
  assert.match(
    imported.stdout,
    /^the PyTorch profiler: 3 requests of 28 kernels each; 0 kernels left/,
  )
  assert.match(imported.stderr, /^profile: eclip\/profiles\/h200\/mine-8\.json\.gz\n$/)
  const listed = JSON.parse(eclip('library', '--json').stdout)
  const mine = listed.profiles.find(({ model }: { model: string }) => model === 'mine')
  assert.deepEqual([mine.source, mine.kernels, mine.owner], ['imported', 28, 'own'])
  const planned = eclip('plan', 'mine/8+vgg19/8', '--policy', 'equal', '--json')
  assert.equal(planned.status, 0, planned.stderr)
})

test('a trace of another vendor than the default device needs the name of its GPU, if it does not name it', () => {
  writeFileSync(join(folder, 'kernels.csv'), rocprofCsv(ran))
  const { status, stderr } = eclip('import', 'kernels.csv', '--model', 'amd', '--batch', '8')
  assert.equal(
    stderr,
    'eclip: --device: expected the GPU that rocprofv3 recorded, which the trace does not name, found nothing\n',
  )
  assert.equal(status, 2)
})

test('a signal ends the reading of a database without an end, and leaves nothing', {
  timeout: 60_000,
}, async (t) => {
  const file = join(folder, 'endless.sqlite')
  writeNsys(file, ran)
  const database = new sqlite.Database(file)
  database.exec(`ALTER TABLE CUPTI_ACTIVITY_KIND_KERNEL RENAME TO kernels;
    CREATE VIEW CUPTI_ACTIVITY_KIND_KERNEL AS
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT kernels.* FROM n, kernels`)
  database.close()
  const temporary = join(folder, 'temporary')
  mkdirSync(temporary)
  const child = spawn(process.execPath, [MAIN, 'import', file, '--model', 'm', '--batch', '1'], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
  })
  t.after(() => child.kill('SIGKILL'))
  await until(() => readdirSync(temporary).length > 0)
  await sleep(500)
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [130, null])
  assert.deepEqual(readdirSync(temporary), [])
})

test('a profile is only written if it can be read again, however odd the names in the trace are', () => {
  const renamed = ran.map((launch) => ({
    ...launch,
    kernel: { ...launch.kernel, name: `a\u0007\n${launch.kernel.name}` },
  }))
  const odd = traceFile('odd.json', kinetoTrace(renamed))
  assert.equal(eclip('import', odd, '--model', 'odd', '--batch', '1').status, 0)
  const planned = eclip('plan', 'odd/1+vgg19/8', '--policy', 'equal')
  assert.equal(planned.status, 0, planned.stderr)
  const slow = traceFile(
    'slow.json',
    kinetoTrace(ran.slice(0, 28).map((launch) => ({ ...launch, durationNs: 9e11 }))),
  )
  const { status, stderr } = eclip(
    'import',
    slow,
    '--model',
    'slow',
    '--batch',
    '1',
    '--requests',
    '1',
  )
  assert.equal(status, 2)
  assert.match(
    stderr,
    /slow\.json: kernels\[\d+\]\.durationUs\.\d+: expected a number of at most 1000000000/,
  )
})

test('the findings are also available as JSON, and the profile goes where it is told to', () => {
  const words = ['--model', 'mine', '--batch', '4', '--requests', '1', '-o', 'out', '--json']
  const { status, stdout, stderr } = eclip('import', trace, ...words)
  assert.equal(status, 0, stderr)
  const { requests, kernels: count, leftOut, file } = JSON.parse(stdout)
  assert.deepEqual([requests, count, leftOut], [1, 3 * 28, 0])
  assert.equal(file, join('out', 'mine-4.json.gz'))
  assert.ok(existsSync(join(folder, file)))
})

test('a trace that cannot be imported is refused in one line, and nothing is written', () => {
  const other = traceFile('other.json', kinetoTrace(ran, { name: 'NVIDIA L4', numSms: 58 }))
  const slice = traceFile('slice.json', kinetoTrace(ran, { name: 'NVIDIA H200', numSms: 60 }))
  const two = traceFile('two.json', kinetoTrace([...ran, { ...ran[0], gpu: 1 }]))
  const asked = ['--model', 'x', '--batch', '1']
  const cases: [string[], RegExp][] = [
    [[other, ...asked], /other\.json: expected a GPU that there is a device of.*found "NVIDIA L4"/],
    [[other, ...asked, '--device', 'h200'], /--device: expected .* 58 compute units, found h200/],
    [[slice, ...asked], /--device: expected the GPU of the trace, with 60 compute units/],
    [[two, ...asked], /two\.json: expected kernels of one GPU, found of 0, 1/],
    [[trace, ...asked, '--requests', '4'], /expected 4 requests of the same kernels/],
    [[trace, '--batch', '1'], /--model/],
    [[trace, '--model', '../x', '--batch', '1'], /--model.*letters/],
  ]
  for (const [words, message] of cases) {
    const { status, stderr } = eclip('import', ...words)
    assert.equal(status, 2, stderr)
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  }
  assert.ok(!existsSync(join(folder, 'eclip/profiles/h200/x-1.json.gz')))
})
