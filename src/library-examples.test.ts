import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT } from './documents.test.fixture.js'
import { compileExamples, libraryExamples, runExample } from './library-examples.test.fixture.js'

describe('the examples of docs/library.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'library-examples-'))
  let modules: string[] = []

  before(() => {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(ROOT, join(folder, 'node_modules/eclip'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    modules = compileExamples(folder)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [i, { title }] of libraryExamples().entries()) {
    test(title, () => assert.notEqual(runExample(modules[i], folder), ''))
  }

  test('a report is written', () => assert.ok(existsSync(join(folder, 'report.html'))))
})
