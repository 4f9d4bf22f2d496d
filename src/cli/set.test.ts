import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type FakeMps, fakeMps } from '../run/fake-mps.test.fixture.js'
import { said, until } from '../until.test.fixture.js'
import { MAIN, runEclip } from './eclip.test.fixture.js'

let mps: FakeMps
const children: ChildProcess[] = []
beforeEach(() => {
  mps = fakeMps()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined
    child.kill('SIGTERM')
    await ended
  }
  mps.remove()
})

function eclip(...words: string[]) {
  return runEclip(words, { env: mps.env })
}

function start(...words: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...words], { env: mps.env })
  children.push(child)
  return child
}

function startUp(programs: readonly object[]): ChildProcess {
  const file = join(mps.folder, 'programs.json')
  writeFileSync(file, JSON.stringify({ format: 'eclip.programs/1', programs }))
  return start('up', file)
}

/** Waits until a program says that it is up, and its eclip has recorded it for others to find. */
async function up(child: ChildProcess, pattern: RegExp): Promise<void> {
  await said(child.stdout!, pattern)
  const file = join(mps.folder, `eclip/runs/${child.pid}.json`)
  await until(() => readFileSync(file, 'utf8').includes('"running"'))
}

const SHOW = ['sh', '-c', 'echo at $CUDA_MPS_ACTIVE_THREAD_PERCENTAGE; exec sleep 60']

test('a share takes effect at the next start, which can be requested', async () => {
  const child = startUp([{ name: 'a', command: SHOW, share: '50%' }])
  await up(child, /^at 50$/m)
  const later = eclip('set', 'a', '--share', '100%', '--priority', 'low')
  assert.equal(later.status, 0)
  assert.match(later.stdout, /^a: share 100% from its next start: MPS fixes .* \(--restart .*\)$/m)
  assert.match(later.stdout, /^a: priority low from its next start: /m)
  assert.match(eclip('ps').stdout, /^a +running +\d+ +50%, next 100% +normal, next low /m)
  const now = eclip('set', 'a', '--share', '25%', '--restart')
  assert.match(now.stdout, /^a: share 25% with the start that follows\n$/)
  assert.match(now.stderr, /^caution: .* under a share of 25%/)
  await said(child.stdout!, /^at 25$/m)
  const [use] = JSON.parse(eclip('ps', '--json').stdout)
  assert.deepEqual([use.sharePercent, use.priority, use.next, use.restarts], [25, 'low', null, 1])
})

test('a change that a run cannot make is refused with the reason', async () => {
  const child = start('run', '--share', '50%', '--name', 'b', '--', ...SHOW)
  await up(child, /^at 50$/m)
  const { status, stdout } = eclip('set', 'b', '--share', '25%', '--priority', 'high')
  assert.equal(status, 1)
  assert.match(stdout, /^b: share 25% is not set: MPS fixes a share when a program starts$/m)
  assert.match(stdout, /^b: priority high is not set: it was started without a level, such as 0$/m)
  assert.match(eclip('ps').stdout, /^b +running +\d+ +50% +normal /m)
})

test('whether a program yields can be changed while it runs, and is shown', async () => {
  const child = start('run', '--yield', '--name', 'y', '--', ...SHOW)
  await up(child, /^at 100$/m)
  assert.match(eclip('ps').stdout, /^y +running +\d+ +100% +normal, yields /m)
  const off = eclip('set', 'y', '--yield', 'off')
  assert.deepEqual([off.status, off.stdout], [0, 'y: yield off from the next launch\n'])
  assert.match(eclip('ps').stdout, /^y +running +\d+ +100% +normal {2}/m)
  assert.equal(eclip('set', 'y', '--yield', 'on').status, 0)
  assert.equal(JSON.parse(eclip('ps', '--json').stdout)[0].yields, true)
  const { status, stderr } = eclip('set', 'y', '--yield', 'yes')
  assert.deepEqual([status, stderr], [2, 'eclip: --yield: expected one of on, off, found "yes"\n'])
})

test('the program is named by its name or its process, among those that run', async () => {
  const children = [start('run', '--', ...SHOW), start('run', '--', ...SHOW)]
  for (const child of children) await up(child, /^at 100$/m)
  const twice = eclip('set', 'sh', '--priority', 'low')
  assert.equal(twice.status, 2)
  const [, pid] = /^eclip: NAME: expected one of the processes (\d+), \d+, found "sh"\n$/.exec(
    twice.stderr,
  )!
  assert.match(eclip('set', pid, '--priority', 'low').stdout, /^sh: priority low is not set/)
  const none = eclip('set', 'c', '--priority', 'low')
  assert.deepEqual(
    [none.status, none.stderr],
    [2, 'eclip: NAME: expected a program of "eclip ps", found "c"\n'],
  )
  assert.equal(eclip('set', 'sh').status, 2)
})

test('an eclip that does not answer is reported', async () => {
  const child = start('run', '--name', 'd', '--', ...SHOW)
  await up(child, /^at 100$/m)
  child.kill('SIGSTOP')
  const stopped = eclip('set', 'd', '--priority', 'low')
  child.kill('SIGCONT')
  assert.equal(stopped.status, 1)
  assert.match(stopped.stderr, /^eclip: d: cannot reach the eclip that started it: [^\n]+\n$/)
})

test('a change that changes nothing is answered, and disturbs nobody', async () => {
  const child = start('run', '--name', 'e', '--', ...SHOW)
  await up(child, /^at 100$/m)
  const socket = join(mps.folder, `eclip/runs/${child.pid}/control`)
  for (const text of [
    '',
    '[',
    '{}',
    '{"program":"e","restart":1}',
    '{"program":"e","share":"0%","restart":true}',
  ]) {
    const connection = createConnection(socket)
    connection.end(`${text}\n`)
    const reply = JSON.parse(`${(await once(connection, 'data'))[0]}`)
    assert.deepEqual(Object.keys(reply), ['error'], text)
  }
  const broken = createConnection(socket)
  await once(broken, 'connect')
  broken.destroy()
  assert.match(eclip('set', 'e', '--priority', 'low').stdout, /^e: priority low is not set/)
})

test('nothing is left in the folder of runs, and files of others in it do not matter', () => {
  const runs = join(mps.folder, 'eclip/runs')
  assert.equal(eclip('run', '--', 'true').status, 0)
  assert.deepEqual(readdirSync(runs), [])
  mkdirSync(join(runs, 'folder.json'))
  assert.equal(eclip('run', '--', 'true').status, 0)
  assert.equal(eclip('ps').status, 0)
})
