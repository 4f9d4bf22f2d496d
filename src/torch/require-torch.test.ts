import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { WorkError } from '../errors.js'
import { requireTorch } from './require-torch.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-python-'))
const before = process.env.ECLIP_PYTHON
after(() => {
  rmSync(folder, { recursive: true })
  if (before === undefined) delete process.env.ECLIP_PYTHON
  else process.env.ECLIP_PYTHON = before
})

/** A Python that ends with this code, whatever it is asked. */
function python(name: string, code: number): void {
  process.env.ECLIP_PYTHON = join(folder, name)
  writeFileSync(process.env.ECLIP_PYTHON, `#!/bin/sh\nexit ${code}\n`)
  chmodSync(process.env.ECLIP_PYTHON, 0o755)
}

test('a Python without PyTorch, and no Python at all, give different lines', () => {
  python('with', 0)
  requireTorch()
  python('without', 1)
  const remedy = /pip install torch.*ECLIP_PYTHON$/
  assert.throws(requireTorch, new RegExp(`without has no PyTorch.*${remedy.source}`))
  process.env.ECLIP_PYTHON = join(folder, 'nowhere')
  assert.throws(requireTorch, (error: Error) => {
    assert.ok(error instanceof WorkError)
    assert.match(error.message, /^cannot run .*nowhere/)
    assert.match(error.message, remedy)
    assert.ok(!error.message.includes('\n'))
    return true
  })
})
