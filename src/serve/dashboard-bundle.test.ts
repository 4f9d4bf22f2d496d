import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const built = mkdtempSync(join(tmpdir(), 'eclip-web-'))
after(() => rmSync(built, { recursive: true }))

function run(tool: string, args: readonly string[]): void {
  const file = join(ROOT, 'node_modules', '.bin', tool)
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' })
  assert.equal(status, 0, `${tool}: ${stdout}${stderr}`)
}

test('the page that ships is built from its sources (npm run build:web)', () => {
  run('tsc', ['-p', 'web'])
  run('vite', ['build', 'web', '--outDir', built, '--emptyOutDir', '--logLevel', 'error'])
  const shipped = join(ROOT, 'web', 'dist')
  const names = readdirSync(built).sort()
  assert.deepEqual(readdirSync(shipped).sort(), names)
  assert.deepEqual(names, ['dashboard.css', 'dashboard.js', 'index.html'])
  for (const name of names) {
    assert.ok(readFileSync(join(built, name)).equals(readFileSync(join(shipped, name))), name)
  }
})
