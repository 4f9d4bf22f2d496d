import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { processOf } from './process-table.js'
import {
  endLeftovers,
  folderOfRun,
  type ProgramState,
  RunStateFile,
  runStates,
} from './run-state.js'

const root = mkdtempSync(join(tmpdir(), 'eclip-run-state-'))
after(() => rmSync(root, { recursive: true }))

let runs = ''
beforeEach(() => {
  process.env.XDG_RUNTIME_DIR = mkdtempSync(join(root, 'user-'))
  runs = join(process.env.XDG_RUNTIME_DIR, 'eclip', 'runs')
})

const PROGRAM: ProgramState = {
  name: 'a',
  command: ['sleep', '60'],
  state: 'running',
  restarts: 2,
  priority: 'normal',
  sharePercent: 25,
  yields: true,
  memoryBytes: 2 ** 30,
  process: { pid: 2, startTicks: 3 },
  exitCode: 0,
  next: { granules: '0-7', priority: 5 },
}
const ON_GRANULES: ProgramState = {
  ...{ name: 'b', command: ['b'], state: 'waiting', restarts: 0 },
  ...{ granules: '0-7,8', priority: 'normal' },
}
const ECLIP = processOf(process.pid)!
/** An eclip whose process id another process has by now. */
const KILLED = { ...ECLIP, startTicks: ECLIP.startTicks - 1 }

/** A file that an eclip has left. */
function leave(name: string, eclip: object, programs: readonly object[] = [PROGRAM]): void {
  mkdirSync(join(runs, name), { recursive: true, mode: 0o700 })
  const state = { format: 'eclip.run/1', eclip, programs }
  writeFileSync(join(runs, `${name}.json`), JSON.stringify(state))
}

test('what runs is seen by others while this process lives, and nothing is left of it', () => {
  const file = new RunStateFile()
  assert.deepEqual(runStates(), [{ format: 'eclip.run/1', eclip: ECLIP, programs: [] }])
  const programs = [PROGRAM, ON_GRANULES, { ...PROGRAM, state: 'ended' } as const]
  file.write(programs)
  const [state] = runStates()
  assert.deepEqual(state.programs, programs)
  assert.equal(folderOfRun(state), file.folder)
  assert.deepEqual(readdirSync(runs).sort(), [`${process.pid}`, `${process.pid}.json`])
  assert.equal(statSync(join(runs, `${process.pid}.json`)).mode & 0o777, 0o600)
  assert.equal(statSync(file.folder).mode & 0o777, 0o700)
  assert.deepEqual(file.environment, { ECLIP_RUN: `${ECLIP.pid}-${ECLIP.startTicks}` })
  writeFileSync(join(file.folder, 'settings'), '')
  file.remove()
  assert.deepEqual(readdirSync(runs), [])
  file.remove()
})

test('what a killed eclip with the same process id has left in its folder is not taken over', () => {
  leave(`${process.pid}`, KILLED)
  writeFileSync(join(runs, `${process.pid}`, 'control'), '')
  const file = new RunStateFile()
  assert.deepEqual(readdirSync(file.folder), [])
  file.remove()
})

test('killed eclips and files that are none are not shown', () => {
  new RunStateFile().remove()
  leave('1', KILLED)
  leave('2', ECLIP, [{ ...PROGRAM, state: 'asleep' }])
  leave('3', ECLIP, [{ ...PROGRAM, restarts: 0.5 }])
  leave('7', ECLIP, [{ ...PROGRAM, exitCode: 0.5 }])
  writeFileSync(join(runs, '4.json'), '{')
  mkdirSync(join(runs, '5.json'))
  assert.deepEqual(runStates(), [])
  leave('6', ECLIP)
  assert.deepEqual(
    runStates().map(({ eclip }) => eclip),
    [ECLIP],
  )
})

test('the next eclip ends what a killed one has left running, and no program of others', async () => {
  new RunStateFile().remove()
  leave('1', KILLED)
  leave('2', ECLIP)
  writeFileSync(join(runs, '3.json'), '{')
  writeFileSync(join(runs, 'note.txt'), '')
  mkdirSync(join(runs, 'folder.json'))
  const started = (eclip: typeof ECLIP) =>
    spawn('sleep', ['60'], {
      env: { ...process.env, ECLIP_RUN: `${eclip.pid}-${eclip.startTicks}` },
      stdio: 'ignore',
    })
  const [left, others] = [started(KILLED), started(ECLIP)]
  try {
    await endLeftovers()
    assert.equal(processOf(left.pid!), undefined)
    assert.ok(processOf(others.pid!))
    assert.deepEqual(readdirSync(runs).sort(), ['2', '2.json', 'folder.json', 'note.txt'])
    assert.ok(!existsSync(join(runs, '1')))
  } finally {
    left.kill('SIGKILL')
    others.kill('SIGKILL')
  }
})
