import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { InputError, WorkError } from '../errors.js'
import { until } from '../until.test.fixture.js'
import { exitCodeAfter, runInForeground } from './foreground.js'
import { processOf } from './process-table.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-foreground-'))
after(() => rmSync(folder, { recursive: true }))

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
const listeners = () => SIGNALS.map((signal) => process.listenerCount(signal))

const shell = (script: string, ...words: string[]) => ['sh', '-c', script, ...words]

test('an exit code is that of a shell', () => {
  assert.equal(exitCodeAfter(3, null), 3)
  assert.equal(exitCodeAfter(0, null), 0)
  assert.equal(exitCodeAfter(null, 'SIGKILL'), 137)
  assert.equal(exitCodeAfter(null, 'SIGTERM'), 143)
})

test('a program has its words, the variables added to ours, and the files it inherits', async () => {
  const file = join(folder, 'out')
  const descriptor = openSync(file, 'w')
  const script = 'test -n "$PATH" && echo "$0 $1 $ADDED" >&3; exit 3'
  const started: number[] = []
  const code = await runInForeground(
    shell(script, 'a b', 'c'),
    { ADDED: 'yes' },
    [descriptor],
    ({ pid }) => started.push(pid!),
  )
  assert.equal(code, 3)
  assert.equal(readFileSync(file, 'utf8'), 'a b c yes\n')
  assert.equal(started.length, 1)
})

test('a program of which nobody can be told is ended', async () => {
  const started: number[] = []
  const ended = runInForeground(shell('exec sleep 60'), {}, [], ({ pid }) => {
    started.push(pid!)
    throw new WorkError('cannot write the list')
  })
  await assert.rejects(ended, { name: 'WorkError', message: 'cannot write the list' })
  await until(() => processOf(started[0]) === undefined)
})

test('signals are passed on while the program runs, and no longer', async () => {
  const before = listeners()
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const) {
    const ended = runInForeground(shell('exec sleep 60'), {}, [], () =>
      process.emit(signal, signal),
    )
    assert.deepEqual(
      listeners(),
      before.map((count) => count + 1),
    )
    assert.equal(await ended, code)
    assert.deepEqual(listeners(), before)
  }
})

test('what a terminal sends to the program too is passed on only where there is none', async () => {
  const hasTerminal = spawnSync('sh', ['-c', 'exec </dev/tty']).status === 0
  // A shell would catch the first signal, and the second might end it before it acts on that.
  const ended = runInForeground(['sleep', '60'], {}, [], () => {
    process.emit('SIGINT', 'SIGINT')
    process.emit('SIGTERM', 'SIGTERM')
  })
  assert.equal(await ended, hasTerminal ? 143 : 130)
})

test('a program that catches a signal ends as it likes', async () => {
  const ready = join(folder, 'ready')
  const script = 'trap "exit 5" USR1; echo >$0; while :; do sleep 0.01; done'
  const ended = runInForeground(shell(script, ready), {}, [])
  await until(() => {
    try {
      return readFileSync(ready, 'utf8') !== ''
    } catch {
      return false
    }
  })
  process.emit('SIGUSR1', 'SIGUSR1')
  assert.equal(await ended, 5)
})

test('what cannot be started is described by what was expected, and nobody listens for signals', async () => {
  const before = listeners()
  const file = join(folder, 'file')
  writeFileSync(file, '', { mode: 0o600 })
  for (const [command, expected] of [
    [['no-such-program'], 'a program on the PATH or a path'],
    [[`${file}/below`], 'a program on the PATH or a path'],
    [[''], 'a program on the PATH or a path'],
    [[file], 'a program that may be executed'],
    [['sh', 'x'.repeat(2 ** 22)], 'a program with fewer or shorter words'],
  ] as const) {
    const error = await startedOrNot(command)
    assert.ok(error instanceof InputError, `${error}`)
    const { file: where, expected: said, found } = error.problem
    assert.deepEqual([where, said, found], ['COMMAND', expected, JSON.stringify(command[0])])
    assert.deepEqual(listeners(), before)
  }
  const circle = join(folder, 'circle')
  symlinkSync(circle, circle)
  const error = await startedOrNot([circle])
  assert.ok(error instanceof WorkError)
  assert.match(error.message, /^cannot start ".*circle": .*ELOOP/)
})

/** The error of a start, whether it is thrown or the promise is rejected. */
async function startedOrNot(command: readonly string[]): Promise<unknown> {
  try {
    return await runInForeground(command, {}, [])
  } catch (error) {
    return error
  }
}
