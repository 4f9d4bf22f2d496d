import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { WorkError } from '../errors.js'
import { completing, temporaryFolder, temporaryIn, writeFile, writeJson } from './write.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-write-'))
after(() => rmSync(folder, { recursive: true }))

/** The signals that came while a file was written are handled in the turns after that. */
async function signalsHandled(): Promise<void> {
  for (let i = 0; i < 3; i++) await turn()
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGXFSZ'] as const
const listeners = () => SIGNALS.map((signal) => process.listenerCount(signal))
const LISTENERS_BEFORE = listeners()

const openFiles = () => readdirSync('/proc/self/fd').length

test('a file is written in full, with the folders above it, and compressed if its name says so', () => {
  const file = join(folder, 'a', 'b', 'plan.json')
  writeJson(file, { a: [1] })
  assert.equal(readFileSync(file, 'utf8'), '{\n  "a": [\n    1\n  ]\n}\n')
  writeFile(`${file}.gz`, 'text')
  assert.equal(gunzipSync(readFileSync(`${file}.gz`)).toString(), 'text')
  assert.deepEqual(readdirSync(join(folder, 'a', 'b')).sort(), ['plan.json', 'plan.json.gz'])
})

test('a new file may be read by whom the user lets read files, and an old one by whom it could', () => {
  const script = `import { writeFile } from '${new URL('./write.js', import.meta.url).href}'
    process.umask(0o027)
    writeFile(process.argv[1] + '/new', '')
    writeFile(process.argv[1] + '/old', '')`
  const old = join(folder, 'old')
  writeFileSync(old, '', { mode: 0o604 })
  spawnSync(process.execPath, ['--input-type=module', '--eval', script, '--', folder])
  assert.equal(statSync(join(folder, 'new')).mode & 0o777, 0o640)
  assert.equal(statSync(old).mode & 0o777, 0o604)
})

test('what is written to a descriptor arrives there', () => {
  const script = `import { writeFile } from '${new URL('./write.js', import.meta.url).href}'
    writeFile('/dev/fd/1', 'x'.repeat(200_000))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script])
  assert.equal(`${stdout}`, 'x'.repeat(200_000))
})

test('an existing file keeps its owner', { skip: process.getuid!() !== 0 && 'root alone' }, () => {
  const file = join(folder, 'of-another')
  writeFileSync(file, 'old')
  chownSync(file, 1, 2)
  writeFile(file, 'new')
  const { uid, gid } = statSync(file)
  assert.deepEqual([readFileSync(file, 'utf8'), uid, gid], ['new', 1, 2])
})

test('nothing is held after a file is written, or could not be', async () => {
  const pipe = join(folder, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const filesBefore = openFiles()
  for (let i = 0; i < 3; i++) {
    writeFile(join(folder, 'held'), '')
    writeFile(pipe, 'x')
    assert.throws(() => writeFile(join(folder, 'held', 'below'), ''), /^WorkError: cannot write /)
  }
  assert.equal(readFileSync(reader, 'utf8'), 'xxx')
  assert.equal(openFiles(), filesBefore)
  closeSync(reader)
  await signalsHandled()
  assert.deepEqual(listeners(), LISTENERS_BEFORE)
})

test('a temporary name is hidden, marked as temporary, and never given twice', () => {
  const names = Array.from({ length: 100 }, () => temporaryIn('/a'))
  assert.equal(new Set(names).size, 100)
  for (const name of names) assert.match(name, /^\/a\/\.eclip-[0-9a-f]{12}\.tmp$/)
})

test('where there is no folder for temporary files, that is told by its name', () => {
  const { TMPDIR } = process.env
  process.env.TMPDIR = join(folder, 'absent')
  try {
    const message = `cannot write ${process.env.TMPDIR}: no such file`
    assert.throws(() => temporaryFolder('test'), { name: 'WorkError', message })
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
})

test('a file of our own is there once it is complete, and what fails leaves nothing', () => {
  const own = mkdtempSync(join(folder, 'own-'))
  const file = join(own, 'state')
  completing(file, (temporary) => writeFileSync(temporary, 'whole'))
  assert.equal(readFileSync(file, 'utf8'), 'whole')
  const failing = (error: Error) => () =>
    completing(file, (temporary) => {
      writeFileSync(temporary, 'half')
      throw error
    })
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' })
  const message = `cannot write ${file}: no space left`
  assert.throws(failing(full), { name: 'WorkError', message })
  assert.throws(failing(new WorkError('no compiler')), { message: 'no compiler' })
  assert.deepEqual([readdirSync(own), readFileSync(file, 'utf8')], [['state'], 'whole'])
})
