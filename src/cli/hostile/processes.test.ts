import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { createRandom } from '../../random.js'
import { BAD_TEXTS } from './bad-texts.test.fixture.js'
import { createSandbox } from './sandbox.test.fixture.js'
import { assertRefused } from './verdict.test.fixture.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const PRELOAD = new URL('./preload.test.fixture.js', import.meta.url).href
const LIMIT_S = 10
const LIMIT_MB = 1024

const sandbox = createSandbox()
const { path } = sandbox
after(() => sandbox.remove())

/** Runs a command in a process of its own, with a limit on processor time. */
function limited(words: readonly string[], input: string | Uint8Array = '') {
  const command = `ulimit -t ${LIMIT_S}; exec "$@"`
  const node = [process.execPath, '--import', PRELOAD, MAIN, ...words]
  const { status, stdout, stderr, output } = spawnSync('bash', ['-c', command, 'bash', ...node], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  return { code: status ?? -1, stdout, stderr, mebibytes: Number(output[3]) }
}

test('the heaviest files take a process less than 10 s and 1 GB', () => {
  const heavy = /bomb|MiB|million|nested|unknown keys/
  for (const [what, content, line] of BAD_TEXTS.filter(([text]) => heavy.test(text))) {
    const outcome = limited(['explain', sandbox.write('bad', content())])
    assert.match(assertRefused(outcome, what), line)
    assert.ok(outcome.mebibytes < LIMIT_MB, `${what}: ${outcome.mebibytes} MB`)
  }
})

test('stdin works like any other file, closed or not', () => {
  const plan = readFileSync(path('plan.json'))
  assert.equal(limited(['explain', '-'], gzipSync(plan)).code, 0)
  assert.equal(limited(['diff', '-', '-'], plan).stdout, 'the plans are the same\n')
  assertRefused(limited(['explain', '-'], 'hello'), 'no JSON')
  const closed = spawnSync('bash', ['-c', '"$0" "$1" explain - <&-', process.execPath, MAIN])
  assert.equal(`${closed.stderr}`, 'eclip: -: expected JSON, found an empty file\n')
  assert.equal(closed.status, 2)
})

/** Commands that run long enough to be interrupted, and the files that they write. */
const LONG: readonly (readonly string[])[] = [
  ['compare', 'vgg19+alexnet@8', '--seconds', '0.3', '--report', path('out'), '--trace', path('t')],
  ['plan', 'vgg19+alexnet@8', '--search-plans', '60', '-o', path('out')],
  ['mig', 'plan', '--requests', '2000', '--svg', path('out'), '--pool', path('t')],
  ['profile', 'synth', '--model', 'vgg19', '-o', path('out')],
]

test('a signal at any moment ends a command and leaves no partial file', async () => {
  const random = createRandom(7)
  const before = sandbox.files()
  for (const words of LONG) {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const child = spawn(process.execPath, [MAIN, ...words], { stdio: 'ignore' })
      const timer = setTimeout(() => child.kill(signal), 50 + random.integer(3000))
      const [status, by] = await once(child, 'exit')
      clearTimeout(timer)
      const what = `${words.join(' ')}: ${status} ${by}`
      assert.ok(status === code || by === signal || status === 0, what)
      for (const name of sandbox.files().keys()) {
        assert.ok(before.has(name) || name === 'out' || name === 't', `${what}: left ${name}`)
      }
      rmSync(path('out'), { force: true })
      rmSync(path('t'), { force: true })
    }
  }
})

test('if several runs write the same file at once, the whole file comes from one of them', async () => {
  const file = path('same.json')
  const runs = ['baseline', 'equal', 'krisp'].map((policy) =>
    spawn(process.execPath, [MAIN, 'plan', 'vgg19@8', '--policy', policy, '-o', file], {
      stdio: 'ignore',
    }),
  )
  const codes = await Promise.all(runs.map((run) => once(run, 'exit')))
  assert.deepEqual(
    codes.map(([code]) => code),
    [0, 0, 0],
  )
  assert.match(JSON.parse(readFileSync(file, 'utf8')).evidence.policy, /^(baseline|equal|krisp)$/)
  assert.deepEqual(
    [...sandbox.files().keys()].filter((name) => name.endsWith('.tmp')),
    [],
  )
})
