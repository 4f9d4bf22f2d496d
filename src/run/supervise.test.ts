/** Programs that are kept running beside each other, as shells. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { WorkError } from '../errors.js'
import { ENDING_SIGNALS } from '../io/signals.js'
import { until } from '../until.test.fixture.js'
import { askForChange } from './control.js'
import { processOf } from './process-table.js'
import type { ProgramStart } from './program.js'
import { folderOfRun, runStates } from './run-state.js'
import { shellProgram } from './shell-program.test.fixture.js'
import { supervise } from './supervise.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-supervise-'))
after(() => rmSync(folder, { recursive: true }))
const out = join(folder, 'out')
const written = () => readFileSync(out, 'utf8')

beforeEach(() => {
  process.env.XDG_RUNTIME_DIR = mkdtempSync(join(folder, 'user-'))
  writeFileSync(out, '')
})

const nothingIsLeft = () =>
  assert.deepEqual(readdirSync(join(process.env.XDG_RUNTIME_DIR!, 'eclip', 'runs')), [])

const listeners = () => [...ENDING_SIGNALS, 'exit'].map((event) => process.listenerCount(event))

function start(name: string, script: string, change: Partial<ProgramStart> = {}): ProgramStart {
  return { ...shellProgram(name, script, folder, { out }), ...change }
}

test('all run beside each other, and all must end well', async () => {
  const before = listeners()
  const said: string[] = []
  const both = (code: number) =>
    supervise(
      [
        start('a', 'until test -s $out; do sleep 0.01; done'),
        start('b', `echo x >$out; exit ${code}`),
      ],
      (text) => said.push(text),
    )
  assert.equal(await both(0), true)
  assert.deepEqual(said.splice(0).sort(), ['a ended: code 0', 'b ended: code 0'])
  writeFileSync(out, '')
  assert.equal(await both(4), false)
  assert.deepEqual(said.sort(), ['a ended: code 0', 'b ended: code 4'])
  nothingIsLeft()
  assert.deepEqual(listeners(), before)
})

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('others see what runs and can ask for changes of it, by name', async () => {
  const before = [...listeners(), timers()]
  const ended = supervise(
    [start('a', 'sleep 60'), start('b', 'echo $ECLIP_RUN >$out; sleep 60')],
    () => {},
  )
  await until(() => written() !== '')
  const [state] = runStates()
  assert.deepEqual(
    state.programs.map(({ name, state: now }) => [name, now]),
    [
      ['a', 'running'],
      ['b', 'running'],
    ],
  )
  assert.equal(written(), `${state.eclip.pid}-${state.eclip.startTicks}\n`)
  const ask = (program: string) =>
    askForChange(folderOfRun(state), { program, share: '25%', restart: false })
  assert.equal((await ask('b')).isWhole, true)
  assert.deepEqual(
    runStates()[0].programs.map(({ next }) => next?.sharePercent),
    [undefined, 25],
  )
  await assert.rejects(ask('c'), { name: 'WorkError', message: 'c: it does not run here' })
  process.emit('SIGTERM', 'SIGTERM')
  assert.equal(await ended, true)
  assert.deepEqual([...listeners(), timers()], before)
  await assert.rejects(ask('b'), /cannot reach the eclip that started it/)
  nothingIsLeft()
})

test('a signal asks all to end, and a second one makes them', async (t) => {
  // Nothing happens because of the time that passes.
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const before = listeners()
  const said: string[] = []
  const deaf = 'trap "" TERM; echo $$ >>$out; exec sleep 60'
  const ended = supervise([start('a', 'echo $$ >>$out; exec sleep 60'), start('b', deaf)], (text) =>
    said.push(text),
  )
  await until(() => written().trim().split('\n').length === 2)
  process.emit('SIGINT', 'SIGINT')
  await until(() => said.length > 0)
  assert.deepEqual(said, ['a ended: SIGTERM'])
  process.emit('SIGINT', 'SIGINT')
  assert.equal(await ended, true)
  assert.deepEqual(said, ['a ended: SIGTERM', 'b ended: SIGKILL'])
  for (const pid of written().trim().split('\n')) assert.equal(processOf(Number(pid)), undefined)
  assert.deepEqual(listeners(), before)
})

test('ten seconds after a signal, what has not ended is killed', async (t) => {
  const { timers } = t.mock
  timers.enable({ apis: ['setTimeout'] })
  const kill = t.mock.method(process, 'kill')
  const signals = () => kill.mock.calls.map(({ arguments: [, signal] }) => signal)
  const said: string[] = []
  const deaf = 'trap "" TERM; echo x >$out; exec sleep 60'
  const ended = supervise([start('a', deaf)], (text) => said.push(text))
  await until(() => written() !== '')
  process.emit('SIGTERM', 'SIGTERM')
  timers.tick(9999)
  assert.deepEqual(signals(), ['SIGTERM'])
  timers.tick(1)
  assert.deepEqual(signals(), ['SIGTERM', 'SIGKILL'])
  assert.equal(await ended, true)
  assert.deepEqual(said, ['a ended: SIGKILL'])
})

test('where one program cannot be held to its terms, those that were started are ended', async (t) => {
  const before = listeners()
  const kill = t.mock.method(process, 'kill')
  const terms = {
    get share(): never {
      throw new WorkError('no GPU says how many compute units it has')
    },
  }
  const both = [start('a', 'exec sleep 60'), start('b', 'exit', { terms })]
  const said: string[] = []
  await assert.rejects(
    supervise(both, (text) => said.push(text)),
    /no GPU says/,
  )
  const [[group, signal]] = kill.mock.calls.map((call) => call.arguments)
  assert.equal(signal, 'SIGKILL')
  assert.equal(processOf(-(group as number)), undefined)
  assert.deepEqual(said, ['a ended: SIGKILL'])
  nothingIsLeft()
  assert.deepEqual(listeners(), before)
})

/** A start during which the folder for what runs is lost, as on a disk that fills up once all are prepared. */
function losingItsFolder(name: string, script: string): ProgramStart {
  const own = {
    get lost() {
      rmSync(join(process.env.XDG_RUNTIME_DIR!, 'eclip', 'runs'), { recursive: true })
      return ''
    },
  }
  return start(name, script, { own })
}

test('where others could not see what runs, it is ended at its start', async (t) => {
  const kill = t.mock.method(process, 'kill')
  const said: string[] = []
  const ended = supervise([losingItsFolder('a', 'exec sleep 60')], (text) => said.push(text))
  await assert.rejects(ended, { name: 'WorkError', message: /^cannot write \S+: no such file$/ })
  const [[group]] = kill.mock.calls.map((call) => call.arguments)
  assert.equal(processOf(-(group as number)), undefined)
  assert.deepEqual(said, ['a ended: SIGKILL'])
})

test('what runs goes on where others are no longer told of it, which is said once', async () => {
  const said: string[] = []
  const ended = supervise(
    [
      start('a', 'until test -s $out; do sleep 0.01; done'),
      start('b', 'until test -s $out; do sleep 0.01; done'),
    ],
    (text) => said.push(text),
  )
  rmSync(join(process.env.XDG_RUNTIME_DIR!, 'eclip', 'runs'), { recursive: true })
  writeFileSync(out, 'x\n')
  assert.equal(await ended, true)
  const failures = said.filter((line) => /^cannot write \S+: no such file$/.test(line))
  assert.deepEqual([failures.length, said.length], [1, 3])
})
