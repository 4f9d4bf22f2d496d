import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { checkOutputFolder, checkOutputs } from './outputs.js'
import { readText } from './read.js'
import { writeFile } from './write.js'

const root = mkdtempSync(join(tmpdir(), 'eclip-outputs-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
function newFolder(): string {
  const folder = join(root, `${folders++}`)
  mkdirSync(folder)
  return folder
}

test('links are followed, and the file at their end keeps its mode', () => {
  const folder = newFolder()
  const target = join(folder, 'target')
  writeFileSync(target, 'old')
  chmodSync(target, 0o640)
  const link = join(folder, 'link')
  symlinkSync('target', link)
  checkOutputs({ '-o': link })
  writeFile(link, 'new')
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.equal(readFileSync(target, 'utf8'), 'new')
  assert.equal(statSync(target).mode & 0o777, 0o640)
  const dangling = join(folder, 'dangling')
  symlinkSync('sub/made', dangling)
  checkOutputs({ '-o': dangling })
  writeFile(dangling, 'made')
  assert.ok(lstatSync(dangling).isSymbolicLink())
  assert.equal(readFileSync(join(folder, 'sub', 'made'), 'utf8'), 'made')
  assert.deepEqual(readdirSync(folder).sort(), ['dangling', 'link', 'sub', 'target'])
})

test('devices and pipes are written through', async () => {
  const folder = newFolder()
  const link = join(folder, 'null')
  symlinkSync('/dev/null', link)
  checkOutputs({ '--report': link, '--trace': '/dev/null' })
  writeFile(link, 'x')
  assert.ok(statSync('/dev/null').isCharacterDevice())
  assert.throws(() => writeFile('/dev/full', 'x'), /cannot write \/dev\/full: no space left/)
  const pipe = join(folder, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  checkOutputs({ '-o': pipe })
  assert.throws(() => writeFile(pipe, 'x'), /a pipe that nobody reads/)
  const content = 'x'.repeat(300_000)
  const reader = spawn('sh', ['-c', `exec <${pipe}; echo; wc -c`])
  const script = `import { writeFile } from '${new URL('./write.js', import.meta.url).href}'
    writeFile(process.argv[1], 'x'.repeat(${content.length}))`
  const options = ['--input-type=module', '--eval', script, '--', pipe]
  // Until the shell has opened the pipe, the writer is told that nobody reads it, and tries again.
  let writer: SpawnSyncReturns<string>
  do writer = spawnSync(process.execPath, options, { encoding: 'utf8' })
  while (/nobody reads/.test(writer.stderr) && reader.exitCode === null)
  assert.equal(writer.status, 0, writer.stderr)
  let counted = ''
  reader.stdout.on('data', (text) => {
    counted += text
  })
  await once(reader, 'close')
  assert.equal(Number(counted), content.length)
  assert.ok(statSync(pipe).isFIFO())
})

test('outputs that cannot be written are refused before the work begins', () => {
  const folder = newFolder()
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const circle = join(folder, 'circle')
  symlinkSync(circle, circle)
  const cases: readonly (readonly [string, RegExp])[] = [
    [folder, /^-o: expected a file that can be written, found "[^"]*", a folder$/],
    [`${folder}/new/`, /expected the name of a file/],
    ['', /expected the name of a file, found ""/],
    ['-', /expected the name of a file, found "-"/],
    [join(file, 'below'), /a path through something that is no folder/],
    [circle, /a circle of links/],
    [join(folder, 'x'.repeat(256)), /a name that is too long/],
    ['/proc/eclip.json', /expected a file that can be written, found "\/proc\/eclip.json": /],
    ['/proc/eclip/made.json', /expected a file that can be written/],
  ]
  for (const [output, expected] of cases) {
    assert.throws(() => checkOutputs({ '-o': output }), { name: 'InputError', message: expected })
  }
  assert.throws(() => checkOutputFolder('-o', file), {
    name: 'InputError',
    message: `-o: expected a folder that can be written to, found ${JSON.stringify(file)}: a path through something that is no folder`,
  })
  checkOutputs({ '-o': join(folder, 'a', 'b', 'new'), '--report': undefined })
  assert.deepEqual(readdirSync(folder).sort(), ['circle', 'file'])
})

test('no output replaces an input or another output', () => {
  const folder = newFolder()
  const input = join(folder, 'input')
  writeFileSync(input, 'kept')
  symlinkSync(input, join(folder, 'link'))
  linkSync(input, join(folder, 'twin'))
  checkOutputs({ '-o': input })
  readText(input)
  for (const name of ['input', 'link', 'twin']) {
    const output = join(folder, name)
    assert.throws(() => checkOutputs({ '-o': output }), /-o: .* which is an input$/)
  }
  const twice = { '--report': join(folder, 'a'), '--trace': join(folder, 'b', '..', 'a') }
  assert.throws(() => checkOutputs(twice), /--trace: expected another file than --report/)
})

test('a signal in the middle of writing leaves nothing behind', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const folder = newFolder()
    const script = `import { writeFile } from '${new URL('./write.js', import.meta.url).href}'
      writeFile(process.argv[1] + '/first', '')
      process.kill(process.pid, '${signal}')
      writeFile(process.argv[1] + '/second', '')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, '--', folder])
    const [status] = await once(child, 'close')
    assert.equal(status, code)
    assert.ok(readdirSync(folder).every((name) => !name.endsWith('.tmp')))
    assert.ok(existsSync(join(folder, 'first')))
  }
})

test('a write that fails half-way leaves nothing behind, and keeps the old file as it was', () => {
  const folder = newFolder()
  const file = join(folder, 'file')
  writeFileSync(file, 'old')
  const script = `import { writeFile } from '${new URL('./write.js', import.meta.url).href}'
    writeFile(process.argv[1], 'x'.repeat(100_000))`
  const command = 'ulimit -f 8; exec "$0" --input-type=module --eval "$1" -- "$2"'
  const run = spawnSync('bash', ['-c', command, process.execPath, script, file], {
    encoding: 'utf8',
  })
  assert.match(run.stderr, /WorkError: cannot write .*file: a limit on the size of files/)
  assert.deepEqual(readdirSync(folder), ['file'])
  assert.equal(readFileSync(file, 'utf8'), 'old')
})
