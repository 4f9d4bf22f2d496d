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

test('a program that fails is started again a second later, until it succeeds', async () => {
  const { program, told } = started('echo x >>$out; test $(wc -l <$out) = 2', {
    restart: 'on-failure',
  })
  await until(() => program.state.state === 'waiting')
  const fromMs = performance.now()
  assert.equal(await program.ended, 0)
  assert.ok(performance.now() - fromMs > 900)
  assert.deepEqual(told, ['a ended: code 1; started again in 1 s', 'a ended: code 0'])
  assert.equal(program.state.restarts, 1)
})

test('what cannot be started counts as ended with 127', async () => {
  const { program, told } = started('', { command: ['no-such-program'] })
  assert.equal(await program.ended, 127)
  assert.match(told.join(), /^a ended: spawn no-such-program ENOENT$/)
  const long = started('', { command: ['sh', 'x'.repeat(2 ** 22)] })
  assert.equal(await long.program.ended, 127)
  assert.match(long.told.join(), /^a ended: spawn E2BIG$/)
})

test('a program that is stopped ends by the signal, with all of its group, and stays ended', async () => {
  const { program, told, written } = started('sleep 60 & echo $! >$out; wait', {
    restart: 'always',
  })
  await until(() => written() !== '')
  program.stop('SIGTERM')
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

test('one that waits for its next start is stopped with the code of its last end', async () => {
  const { program } = started('exit 7', { restart: 'always' })
  await until(() => program.state.state === 'waiting')
  program.stop('SIGTERM')
  assert.equal(await program.ended, 7)
  await sleep(1200)
  assert.deepEqual([program.state.state, program.state.restarts], ['ended', 0])
})

test('a change that needs a start has one at once if it is asked for, running or waiting', async () => {
  const script =
    'echo $CUDA_MPS_ACTIVE_THREAD_PERCENTAGE >>$out; test $(wc -l <$out) = 2 && sleep 2 && exit 5; sleep 60'
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
  await sleep(1200)
  assert.equal(program.state.state, 'running')
  // Its policy is that of before: it has ended for good.
  assert.equal(await program.ended, 5)
  assert.equal(program.state.restarts, 1)
})
