import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readText } from './read.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-bytes-'))
after(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

test('only regular files are opened, and opening never waits', () => {
  const pipe = join(folder, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const circle = join(folder, 'circle')
  symlinkSync(circle, circle)
  const zero = join(folder, 'zero')
  symlinkSync('/dev/zero', zero)
  const cases: readonly (readonly [string, RegExp])[] = [
    [folder, /expected a regular file, or - for stdin, found a folder/],
    [pipe, /found a pipe/],
    [zero, /found a device/],
    [circle, /expected a readable file, found a circle of links/],
    [join(folder, 'absent'), /found no such file/],
    [join(fileOf('plain', ''), 'below'), /found a path through something that is no folder/],
    ['x'.repeat(300), /found a name that is too long/],
    ['a\u{0}b', /a\\u0000b: expected a readable file/],
  ]
  for (const [file, expected] of cases) assert.throws(() => readText(file), expected)
})

test('files are limited in size, packed and unpacked', () => {
  const large = fileOf('large', '')
  truncateSync(large, 2 ** 40)
  assert.throws(() => readText(large), /large: expected at most 64 MiB, unpacked, found more/)
  const block = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 1 })
  const bomb = fileOf('bomb.gz', Buffer.concat(Array<Buffer>(400).fill(block)))
  assert.throws(() => readText(bomb), /bomb\.gz: expected at most 64 MiB, unpacked, found more/)
  assert.equal(readText(fileOf('fits.gz', Buffer.concat([block, block]))).length, 32 * 1024 * 1024)
})

test('a byte-order mark is removed, and UTF-16 is recognised', () => {
  assert.equal(readText(fileOf('marked', '\u{FEFF}{}')), '{}')
  assert.equal(readText(fileOf('packed', gzipSync('\u{FEFF}{}'))), '{}')
  const utf16 = fileOf('utf16', Buffer.from('\u{FEFF}{}', 'utf16le'))
  assert.throws(() => readText(utf16), /expected text in UTF-8, found UTF-16/)
  assert.equal(readText(fileOf('empty', '')), '')
})

test('- and the names of open descriptors are read as they come', () => {
  const script = `import { readText } from '${new URL('./read.js', import.meta.url).href}'
    process.stdout.write(readText(process.argv[1]))`
  for (const name of ['-', '/dev/stdin', '/dev/fd/0']) {
    const options = ['--input-type=module', '--eval', script, '--', name]
    const run = spawnSync(process.execPath, options, { input: gzipSync('hello'), encoding: 'utf8' })
    assert.equal(run.stdout, 'hello', run.stderr)
  }
})
