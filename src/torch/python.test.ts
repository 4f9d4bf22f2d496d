import assert from 'node:assert/strict'
import { delimiter } from 'node:path'
import { afterEach, test } from 'node:test'
import { pythonEnvironment, pythonProgram } from './python.js'

const before = { ...process.env }
afterEach(() => {
  process.env.PYTHONPATH = before.PYTHONPATH ?? ''
  if (before.ECLIP_PYTHON === undefined) delete process.env.ECLIP_PYTHON
  else process.env.ECLIP_PYTHON = before.ECLIP_PYTHON
})

test('modules are found in the given folders, then in those of PYTHONPATH, and nowhere else', () => {
  process.env.PYTHONPATH = ['', '/own', '', '/other', ''].join(delimiter)
  const { PYTHONPATH, PYTHONSAFEPATH, PATH } = pythonEnvironment('/worker')
  assert.equal(PYTHONPATH, ['/worker', '/own', '/other'].join(delimiter))
  assert.equal(PYTHONSAFEPATH, '1')
  assert.equal(PATH, process.env.PATH)
})

test('an empty PYTHONPATH names no folder', () => {
  process.env.PYTHONPATH = ''
  assert.equal(pythonEnvironment().PYTHONPATH, '')
})

test('ECLIP_PYTHON names the program', () => {
  delete process.env.ECLIP_PYTHON
  assert.equal(pythonProgram(), 'python3')
  process.env.ECLIP_PYTHON = '/opt/python'
  assert.equal(pythonProgram(), '/opt/python')
})
