import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { BAD_FIELDS } from './bad-fields.test.fixture.js'
import { type DocumentName, documents } from './documents.test.fixture.js'
import { withValue } from './edit.test.fixture.js'
import { createRunner } from './runner.test.fixture.js'
import { commandFor, createSandbox } from './sandbox.test.fixture.js'
import { assertRefused } from './verdict.test.fixture.js'

const BAD_INPUT = 2
/** What the commands write about good files. */
const WRITTEN = ['out', 'tiny-2.json.gz']

const runner = createRunner()
const sandbox = createSandbox()
after(async () => {
  await runner.close()
  sandbox.remove()
})

for (const [name, fields] of Object.entries(BAD_FIELDS) as [
  DocumentName,
  (typeof BAD_FIELDS)[DocumentName],
][]) {
  test(`${name}: every field is checked against its limits`, async () => {
    const command = commandFor(name, sandbox)
    // The good file is read to its end, so the bad field must be the reason for a refusal.
    assert.notEqual((await runner.run(command)).code, BAD_INPUT, name)
    for (const written of WRITTEN) rmSync(sandbox.path(written), { force: true })
    for (const [path, values] of fields) {
      for (const value of values) {
        const what = `${name}: ${path} = ${`${JSON.stringify(value)}`.slice(0, 80)}`
        sandbox.write(name, JSON.stringify(withValue(documents[name], path, value)) ?? '')
        const before = sandbox.files()
        assertRefused(await runner.run(command), what)
        sandbox.assertUnchanged(before, what)
      }
    }
    sandbox.restore(name)
  })
}
