/** One program that is kept running, as a shell. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../until.test.fixture.js'
import { processOf } from './process-table.js'
import { Program, type ProgramStart } from './program.js'
import { shellProgram } from './shell-program.test.fixture.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-program-'))
after(() => rmSync(folder, { recursive: true }))

let programs = 0

/** Starts a shell script; `told` are the lines for people, and `written` is what it writes to $out. */
function started(script: string, change: Partial<ProgramStart> = {}) {
  const out = join(folder, `out-${programs}`)
  writeFileSync(out, '')
  const told: string[] = []
  let changed = 0
  const program = new Program(
    { ...shellProgram('a', script, folder, { out, kept: 'outer' }), ...change },
    join(folder, `settings-${programs++}`),
    (remark) => {
      changed++
      if (remark !== undefined) told.push(remark)
    },
  )
  const written = () => readFileSync(out, 'utf8')
  return { program, told, written, changes: () => changed }
}

test('a program that ends is told, with its code, and not started again unless asked', async () => {
  const { program, told, written } = started('pwd >$out; echo $kept $own >>$out; exit 3', {
    own: { own: '1', kept: 'inner' },
  })
  assert.deepEqual([program.state.state, program.state.restarts], ['running', 0])
  assert.equal(await program.ended, 3)
  assert.equal(written(), `${folder}\ninner 1\n`)
  assert.deepEqual(told, ['a ended: code 3'])
  const { state, exitCode, restarts, process: id } = program.state
  assert.deepEqual([state, exitCode, restarts, id], ['ended', 3, 0, undefined])
  assert.throws(
    () => program.change({ program: 'a', share: '25%', restart: false }),
    /it has ended/,
  )
})

test('a program that fails is started again, each time after twice as long, until it succeeds', async (t) => {
  const { timers } = t.mock
  timers.enable({ apis: ['setTimeout'] })
  const { program, told } = started('echo x >>$out; test $(wc -l <$out) = 3', {
    restart: 'on-failure',
  })
  for (const [restarts, delayMs] of [1000, 2000].entries()) {
    await until(() => program.state.state === 'waiting')
    timers.tick(delayMs - 1)
    assert.deepEqual([program.state.state, program.state.restarts], ['waiting', restarts])
    timers.tick(1)
    assert.deepEqual([program.state.state, program.state.restarts], ['running', restarts + 1])
  }
  assert.equal(await program.ended, 0)
  assert.deepEqual(told, [
    'a ended: code 1; started again in 1 s',
    'a ended: code 1; started again in 2 s',
    'a ended: code 0',
  ])
})

test('early ends before a run of a minute do not delay the start after it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const now = performance.now.bind(performance)
  let passedMs = 0
  t.mock.method(performance, 'now', () => now() + passedMs)
  const { program, told } = started('exit 1', { restart: 'always' })
  for (const ranMs of [0, 30_000, 60_000, 30_000]) {
    passedMs += ranMs
    await until(() => program.state.state === 'waiting')
    t.mock.timers.tick(60_000)
  }
  program.stop('SIGKILL')
  await program.ended
  assert.deepEqual(
    told.slice(0, 4).map((line) => line.split(' in ')[1]),
    ['1 s', '2 s', '1 s', '2 s'],
  )
})

test('what cannot be started counts as ended with 127', async () => {
  const { program, told } = started('', { command: ['no-such-program'] })
  assert.equal(await program.ended, 127)
  assert.match(told.join(), /^a ended: spawn no-such-program ENOENT$/)
  const long = started('', { command: ['sh', 'x'.repeat(2 ** 22)] })
  assert.equal(await long.program.ended, 127)
  assert.match(long.told.join(), /^a ended: spawn E2BIG$/)
})

test('a program that is stopped ends by the signal, with all of its group, and stays ended', async (t) => {
  const kill = t.mock.method(process, 'kill')
  const { program, told, written } = started('sleep 60 & echo $! >$out; wait', {
    restart: 'always',
  })
  await until(() => written() !== '')
  const group = -program.state.process!.pid
  program.stop('SIGTERM')
  assert.deepEqual(kill.mock.calls[0].arguments, [group, 'SIGTERM'])
  assert.equal(await program.ended, 143)
  assert.deepEqual(told, ['a ended: SIGTERM'])
  assert.equal(program.state.restarts, 0)
  assert.equal(processOf(Number(written())), undefined)
})

test('what a program leaves behind when it ends is ended, too', async () => {
  const { program, written } = started('sleep 60 & echo $! >$out')
  assert.equal(await program.ended, 0)
  await until(() => processOf(Number(written())) === undefined)
})

test('one that waits for its next start is stopped with the code of its last end', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { program } = started('exit 7', { restart: 'always' })
  await until(() => program.state.state === 'waiting')
  program.stop('SIGTERM')
  assert.equal(await program.ended, 7)
  t.mock.timers.runAll()
  assert.deepEqual([program.state.state, program.state.restarts], ['ended', 0])
})

test('a change that needs a start has one at once if it is asked for, running or waiting', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const script =
    'trap "exit 5" USR1; echo $CUDA_MPS_ACTIVE_THREAD_PERCENTAGE >>$out; sleep 60 & wait'
  const { program, written, told, changes } = started(script)
  await until(() => written() === '100\n')
  const before = changes()
  program.change({ program: 'a', share: '50%', restart: false })
  assert.deepEqual([program.state.next?.sharePercent, changes()], [50, before + 1])
  // Nobody has asked for a start.
  await sleep(50)
  assert.deepEqual([program.state.state, told], ['running', []])
  program.change({ program: 'a', share: '25%', restart: true })
  await until(() => program.state.state === 'waiting')
  assert.deepEqual(told, ['a ended: SIGTERM; started again in 1 s'])
  program.change({ program: 'a', share: '20%', restart: true })
  await until(() => written() === '100\n20\n')
  assert.deepEqual([program.state.sharePercent, program.state.next], [20, undefined])
  // The start that it waited for a second to have does not follow.
  t.mock.timers.runAll()
  assert.deepEqual([program.state.state, program.state.restarts], ['running', 1])
  // Its policy is that of before: it has ended for good.
  process.kill(program.state.process!.pid, 'SIGUSR1')
  assert.equal(await program.ended, 5)
  assert.equal(program.state.restarts, 1)
})

test('one that does not end for a start that was asked for is killed ten seconds later', async (t) => {
  const { timers } = t.mock
  timers.enable({ apis: ['setTimeout'] })
  const kill = t.mock.method(process, 'kill')
  const signals = () => kill.mock.calls.map((call) => call.arguments)
  const deaf = 'trap "" TERM; echo x >>$out; exec sleep 60'
  const { program, written, told } = started(deaf)
  await until(() => written() === 'x\n')
  const group = -program.state.process!.pid
  program.change({ program: 'a', share: '50%', restart: true })
  timers.tick(9000)
  // The ten seconds are those since it was last asked.
  program.change({ program: 'a', share: '25%', restart: true })
  timers.tick(9999)
  assert.deepEqual(signals(), [
    [group, 'SIGTERM'],
    [group, 'SIGTERM'],
  ])
  timers.tick(1)
  assert.deepEqual(signals()[2], [group, 'SIGKILL'])
  await until(() => program.state.state === 'waiting')
  assert.deepEqual(told, ['a ended: SIGKILL; started again in 1 s'])
  program.stop('SIGTERM')
  await program.ended
})

test('nothing is killed for a start that was asked for once the program has ended or is stopped', async (t) => {
  const { timers } = t.mock
  timers.enable({ apis: ['setTimeout'] })
  const kill = t.mock.method(process, 'kill')
  const signals = () => kill.mock.calls.map(({ arguments: [, signal] }) => signal)
  const heeding = started('echo x >>$out; exec sleep 60', { restart: 'always' })
  await until(() => heeding.written() === 'x\n')
  heeding.program.change({ program: 'a', share: '50%', restart: true })
  await until(() => heeding.program.state.state === 'waiting')
  timers.tick(1000)
  assert.equal(heeding.program.state.state, 'running')
  const before = signals().length
  timers.tick(60_000)
  assert.equal(signals().length, before)
  heeding.program.stop('SIGKILL')
  await heeding.program.ended
  const deaf = started('trap "" TERM; echo x >>$out; exec sleep 60')
  await until(() => deaf.written() === 'x\n')
  deaf.program.change({ program: 'a', share: '50%', restart: true })
  deaf.program.stop('SIGTERM')
  kill.mock.resetCalls()
  timers.runAll()
  // Whoever stops it says when it is killed.
  assert.deepEqual(signals(), [])
  deaf.program.stop('SIGKILL')
  assert.equal(await deaf.program.ended, 137)
})
