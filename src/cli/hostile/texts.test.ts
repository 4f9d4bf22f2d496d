import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { after, test } from 'node:test'
import { BAD_TEXTS } from './bad-texts.test.fixture.js'
import { createRunner } from './runner.test.fixture.js'
import { createSandbox } from './sandbox.test.fixture.js'
import { assertRefused } from './verdict.test.fixture.js'

const runner = createRunner()
const sandbox = createSandbox()
const explainOf = (file: string) => ['explain', file]
const benchOf = (file: string) => ['bench', file]
const importOf = (file: string) => {
  return ['import', file, '--model', 'x', '--batch', '1', '-o', sandbox.folder]
}
after(async () => {
  await runner.close()
  sandbox.remove()
})

test('files that are completely broken are refused in one line', async () => {
  for (const [what, content, line] of BAD_TEXTS) {
    const file = sandbox.write('bad', content())
    assert.match(assertRefused(await runner.run(explainOf(file)), what), line)
  }
})

test('they are also refused in one line where a file may have several forms', async () => {
  for (const [what, content] of BAD_TEXTS) {
    const file = sandbox.write('bad', content())
    for (const command of [benchOf, importOf]) assertRefused(await runner.run(command(file)), what)
  }
})

test('only files can be read', async () => {
  symlinkSync('circle', sandbox.path('circle'))
  const cases: readonly (readonly [string, RegExp])[] = [
    [sandbox.folder, /a regular file, or - for stdin, found a folder/],
    ['/dev/zero', /found a device/],
    ['/dev/null', /found a device/],
    ['/dev/random', /found a device/],
    [`${sandbox.path('plan.json')}/below`, /through something that is no folder/],
    [sandbox.path('absent'), /no such file/],
    ['', /no such file/],
    [sandbox.path('circle'), /a circle of links/],
    ['x'.repeat(5000), /a name that is too long/],
    ['\u{1B}]0;title\u{7}', /\\u001b\]0;title\\u0007: .* no such file/],
    ['/proc/self/mem', /expected/],
    ['/dev/fd/99', /expected a readable file, found/],
  ]
  for (const [file, line] of cases) {
    for (const command of [explainOf, importOf])
      assert.match(assertRefused(await runner.run(command(file)), file), line)
  }
})
