import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { withCompiler } from '../run/fake-cuda.test.fixture.js'
import { type FakeMps, fakeMps, gone, isRunning } from '../run/fake-mps.test.fixture.js'
import { said } from '../until.test.fixture.js'
import { MAIN, runEclip } from './eclip.test.fixture.js'

let mps: FakeMps
beforeEach(() => {
  mps = fakeMps()
})
afterEach(() => mps.remove())

function written(programs: readonly object[]): string {
  const file = join(mps.folder, 'programs.json')
  writeFileSync(file, JSON.stringify({ format: 'eclip.programs/1', programs }))
  return file
}

function eclip(...words: string[]) {
  return runEclip(words, { env: mps.env })
}

function start(programs: readonly object[]): ChildProcess {
  return spawn(process.execPath, [MAIN, 'up', written(programs)], { env: mps.env })
}

const WAIT = 'echo ready $$; sleep 60'

test('programs run under their shares until they end, each with its log and folder', () => {
  const file = written([
    { name: 'a', command: ['sh', '-c', 'pwd; env'], share: '25%', folder: 'bin', log: 'a.log' },
    { name: 'b', command: ['sh', '-c', 'echo $LEVEL'], environment: { LEVEL: 'seven' } },
  ])
  const { status, stdout } = eclip('up', file)
  assert.equal(status, 0)
  assert.match(stdout, /^a +25% +normal +-$/m)
  assert.match(stdout, /^seven$/m)
  const log = readFileSync(join(mps.folder, 'a.log'), 'utf8')
  assert.ok(log.startsWith(`${join(mps.folder, 'bin')}\n`))
  assert.match(log, /^CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=25$/m)
  assert.equal(mps.told(), 'start quit')
})

test('a log that is the file itself, a folder or a pipe that nobody reads is refused', () => {
  const pipe = join(mps.folder, 'pipe')
  spawnSync('mkfifo', [pipe])
  for (const [log, code, line] of [
    [
      'programs.json',
      2,
      /json: programs\[1]\.log: expected .*programs\.json", which is an input\n$/,
    ],
    [
      'bin',
      2,
      /json: programs\[1]\.log: expected a file that can be written, found .*, a folder\n$/,
    ],
    ['pipe', 1, /cannot write .*pipe: a pipe that nobody reads\n$/],
  ] as const) {
    const command = ['touch', join(mps.folder, 'begun')]
    const file = written([
      { name: 'a', command },
      { name: 'b', command, log },
    ])
    const { status, stderr } = eclip('up', file)
    assert.equal(status, code, stderr)
    assert.match(stderr, line)
    assert.ok(!existsSync(join(mps.folder, 'begun')))
  }
})

test('a failure is reported, and eclip ends with 1 if nobody asked for the end', () => {
  const { status, stderr } = eclip(
    'up',
    written([
      { name: 'a', command: ['sh', '-c', 'exit 3'], restart: 'never' },
      { name: 'b', command: ['no-such-program'], restart: 'never' },
    ]),
  )
  assert.equal(status, 1)
  assert.match(stderr, /^a ended: code 3$/m)
  assert.match(stderr, /^b ended: spawn no-such-program ENOENT$/m)
})

test('a program that fails is started again, and a signal ends all programs', async () => {
  const marks = join(mps.folder, 'marks')
  const once3 = `echo x >>${marks}; [ $(wc -l <${marks}) -ge 2 ] || exit 3; ${WAIT}`
  const child = start([{ name: 'a', command: ['sh', '-c', once3] }])
  const pid = Number(/ready (\d+)/.exec(await said(child.stdout!, /ready/))?.[1])
  const [use] = JSON.parse(eclip('ps', '--json').stdout)
  assert.deepEqual([use.name, use.state, use.pid, use.restarts], ['a', 'running', pid, 1])
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  assert.ok(!isRunning(pid))
  assert.equal(mps.told(), 'start quit')
  assert.equal(eclip('ps').stdout, 'no program runs under "eclip run" or "eclip up"\n')
})

test('a second signal ends programs that ignore the first', async () => {
  const child = start([
    {
      name: 'a',
      command: ['sh', '-c', 'trap "echo no" TERM; echo ready; while :; do sleep 0.05; done'],
    },
  ])
  await said(child.stdout!, /ready/)
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await said(child.stdout!, /no/)
  child.kill('SIGINT')
  assert.deepEqual(await ended, [0, null])
})

test('the next eclip ends what a killed one left running', async () => {
  const child = start([{ name: 'a', command: ['sh', '-c', WAIT] }])
  const pid = Number(/ready (\d+)/.exec(await said(child.stdout!, /ready/))?.[1])
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  assert.ok(isRunning(pid))
  assert.equal(eclip('run', '--', 'true').status, 0)
  await gone(pid)
  assert.equal(mps.told(), 'start quit')
})

test('a program on granules runs without MPS, beside others or alone', withCompiler, () => {
  const onGranules = { name: 'models', command: ['sh', '-c', 'env'], granules: '0-7,8-14' }
  const alone = eclip('up', written([onGranules]))
  assert.equal(alone.status, 0, alone.stderr)
  assert.match(alone.stdout, /^models +granules 0-7,8-14 +normal +-$/m)
  assert.match(alone.stdout, /^ECLIP_GRANULES=0-7,8-14$/m)
  assert.match(alone.stdout, /^LD_PRELOAD=.*libeclip-/m)
  assert.doesNotMatch(alone.stdout, /^CUDA_MPS/m)
  assert.equal(mps.told(), '')

  const sharing = { name: 'b', command: ['sh', '-c', 'echo share $CUDA_MPS_PIPE_DIRECTORY'] }
  const both = eclip('up', written([onGranules, sharing]))
  assert.equal(both.status, 0, both.stderr)
  assert.match(both.stdout, /^share .*\/mps\/pipes$/m)
  assert.doesNotMatch(both.stdout, /^CUDA_MPS/m)
  assert.equal(mps.told(), 'start quit')
})

test('the granules of a program can be changed while it runs', withCompiler, async () => {
  const child = start([{ name: 'a', command: ['sh', '-c', WAIT], granules: 'a=0-7,b=8-14' }])
  await said(child.stdout!, /ready/)
  const { status, stdout } = eclip('set', 'a', '--granules', 'a=0-3,b=4-14')
  assert.equal(status, 0)
  assert.match(stdout, /^a: granules a=0-3,b=4-14 for new streams and graphs; /)
  assert.match(eclip('ps').stdout, /^a +running +\d+ +granules a=0-3,b=4-14 /m)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('granules in a file exclude shares and the like, and must be valid', () => {
  const refused = (more: object) => {
    const file = written([{ name: 'a', command: ['true'], ...more }])
    const { status, stderr } = eclip('up', file, '--check')
    assert.equal(status, 2)
    return stderr.replace(file, 'FILE')
  }
  const beside = 'expected none of share, member, priority, yield, memoryGB beside it'
  for (const more of [
    { share: '25%' },
    { member: 'vgg19/8' },
    { priority: 'low' },
    { yield: true },
    { memoryGB: 1 },
  ])
    assert.ok(
      refused({ granules: '0', ...more }).startsWith(
        `eclip: FILE: programs[0].granules: ${beside}`,
      ),
    )
  assert.match(
    refused({ granules: '8-0' }),
    /^eclip: FILE: programs\[0\]\.granules: expected granules for each model, .*, found "8-0"\n$/,
  )
})

test('a second program with the same name is refused', () => {
  const file = written(['a', 'b', 'a'].map((name) => ({ name, command: ['true'] })))
  const { status, stderr } = eclip('up', file, '--check')
  assert.equal(status, 2)
  assert.equal(
    stderr,
    `eclip: ${file}: programs[2].name: expected a name that no other program has, found "a"\n`,
  )
})

test('shares and priorities are planned from profiles', () => {
  const file = written([
    { name: 'a', command: ['true'], share: 'planned', member: 'alexnet/8' },
    { name: 'b', command: ['true'], share: 'planned', member: 'vgg19/8', priority: 'low' },
    { name: 'c', command: ['true'], share: '10%', member: 'alexnet/8', yield: true },
  ])
  const { status, stdout } = eclip('up', file, '--check', '--json')
  assert.equal(status, 0)
  const [a, b, c] = JSON.parse(stdout)
  const usual = [100, 60, 50, 40, 33]
  assert.ok(usual.includes(a.sharePercent), `${a.sharePercent}`)
  assert.equal(b.sharePercent, a.sharePercent)
  assert.deepEqual([b.priority, c.sharePercent, c.priority], ['low', 10, 'normal'])
  assert.deepEqual([b.yields, c.yields], [undefined, true])
  assert.equal(mps.told(), '')
  assert.ok(!existsSync(join(mps.folder, 'eclip/mps')))
})

test('programs that the system cannot start are reported like any other failure', () => {
  const words = Array(128).fill('x'.repeat(65_536))
  const { status, stdout, stderr } = eclip(
    'up',
    written([
      { name: 'long', command: ['true', ...words], restart: 'never' },
      {
        name: 'nowhere',
        command: ['true'],
        folder: 'bin/nvidia-cuda-mps-control',
        restart: 'never',
      },
      { name: 'well', command: ['echo', 'done'] },
    ]),
  )
  assert.equal(status, 1)
  assert.match(stderr, /^long ended: spawn E2BIG$/m)
  assert.match(stderr, /^nowhere ended: spawn ENOTDIR$/m)
  assert.match(stdout, /^done$/m)
  assert.equal(mps.told(), 'start quit')
})

test('a member without a profile is named as it is in the file', () => {
  const file = written([
    { name: 'a', command: ['true'] },
    { name: 'b', command: ['true'], share: 'planned', member: 'vgg19/8' },
    { name: 'c', command: ['true'], share: 'planned', member: 'nobody/8' },
  ])
  const { status, stderr } = eclip('up', file, '--check')
  assert.equal(status, 2)
  assert.ok(stderr.startsWith(`eclip: ${file}: programs[2].member: expected one of `), stderr)
})

test('top shows the requested number of tables', async () => {
  const child = start([{ name: 'a', command: ['sh', '-c', WAIT], memoryGB: 2 }])
  await said(child.stdout!, /ready/)
  const { stdout } = eclip('top', '--every', '0.01', '--rounds', '3')
  assert.equal(stdout.match(/^a +running +\d+ +100% +normal +- +- of 2\.0 GB +- +0$/gm)?.length, 3)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
})
