import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MappedFile } from './mapped-file.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-mapped-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'bytes')

test('what is written is in the file, even after the file is closed, until it is unmapped', () => {
  writeFileSync(file, 'before')
  const descriptor = openSync(file, 'r+')
  const mapped = new MappedFile(descriptor, 6)
  closeSync(descriptor)
  mapped.bytes.set(Buffer.from('af'))
  assert.equal(readFileSync(file, 'utf8'), 'affore')
  const isMapped = (): boolean => readFileSync('/proc/self/maps', 'utf8').includes(file)
  assert.ok(isMapped())
  mapped.unmap()
  assert.ok(!isMapped())
  mapped.unmap()
  assert.throws(() => mapped.bytes, /unmapped/)
})

test('a file that the system cannot map is reported', () => {
  const descriptor = openSync(folder, 'r')
  assert.throws(() => new MappedFile(descriptor, 4096), /^Error: 4096 bytes could not be mapped$/)
  closeSync(descriptor)
})
