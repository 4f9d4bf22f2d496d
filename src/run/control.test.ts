import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerChanges, askForChange } from './control.js'

test('a client that connects and says nothing is dropped, and others are answered in the meantime', {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-control-'))
  const end = answerChanges(folder, ({ program }) => ({ said: [program], isWhole: true }))
  const silent = createConnection(join(folder, 'control'))
  t.after(() => {
    silent.destroy()
    end()
    rmSync(folder, { recursive: true })
  })
  await once(silent, 'connect')
  assert.deepEqual((await askForChange(folder, { program: 'a', restart: false })).said, ['a'])
  await once(silent.resume(), 'close')
})
