/**
 * Packs eclip, installs the package into an empty project, and uses it there as its user would: the
 * command, the types, the examples of docs/library.md. Needs a built checkout.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  compileExamples,
  libraryExamples,
  runExample,
} from '../dist/library-examples.test.fixture.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eclip-package-'))
const project = join(folder, 'project')
const run = (program, words, cwd) =>
  execFileSync(program, words, { cwd, encoding: 'utf8', timeout: 300_000, stdio: 'pipe' })

try {
  run('npm', ['pack', '--pack-destination', folder], ROOT)
  const [archive] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', ['install', '--no-audit', '--no-fund', join(folder, archive)], project)

  const installed = join(project, 'node_modules/eclip')
  for (const name of [
    'README.md',
    'LICENSE',
    'docs/library.md',
    'data/README.md',
    'workers/torch',
    'native/prebuilt/linux-x64',
  ])
    assert.ok(existsSync(join(installed, name)), `${name} is not in the package`)
  for (const name of ['src', 'lab', 'dist/documents.test.js', 'workers/torch/tests'])
    assert.ok(!existsSync(join(installed, name)), `${name} is in the package`)

  const table = run('npx', ['--no-install', 'eclip', 'demo', '--report', 'demo.html'], project)
  assert.match(table, / does the most work: weighted speedup /)
  assert.ok(existsSync(join(project, 'demo.html')))

  const modules = compileExamples(project)
  libraryExamples().forEach(({ title }, i) => {
    assert.notEqual(runExample(modules[i], project), '', title)
  })
  console.log(`${archive}: the demo and ${modules.length} examples run in an empty project`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
