import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { compileTest, withCompiler } from '../run/fake-cuda.test.fixture.js'
import { type FakeMps, fakeMps, gone, isRunning } from '../run/fake-mps.test.fixture.js'
import { MAIN, runEclip } from './eclip.test.fixture.js'

let mps: FakeMps
beforeEach(() => {
  mps = fakeMps()
})
afterEach(() => mps.remove())

function eclip(words: readonly string[], input = '') {
  return runEclip(['run', ...words], { env: mps.env, input })
}

/** A run whose program says `up` and then waits for a line. */
async function waiting(words = ['sh', '-c', 'echo up $$; read -r line']) {
  const child = spawn(process.execPath, [MAIN, 'run', '--', ...words], { env: mps.env })
  const [said] = await once(child.stdout, 'data')
  return { child, program: Number(/up (\d+)/.exec(`${said}`)?.[1]) }
}

async function end(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit')
  child.stdin!.end('done\n')
  return (await ended)[0]
}

test('a program learns its share, priority and memory, and nothing is left afterwards', () => {
  const words = ['--share', '25%', '--priority', 'low', '--memory', '1', '--', 'env']
  const { status, stdout, stderr } = eclip(words)
  assert.match(
    stderr,
    /^caution: [^\n]+ so libraries may compute wrong under a share of 25%, [^\n]+\n$/,
  )
  assert.equal(status, 0)
  const lines = stdout.split('\n')
  const pipes = join(mps.folder, 'eclip/mps/pipes')
  for (const line of [
    'CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=25',
    'CUDA_MPS_CLIENT_PRIORITY=1',
    'CUDA_MPS_PINNED_DEVICE_MEM_LIMIT=0=953M',
    'CUDA_DEVICE_MAX_CONNECTIONS=8',
    `CUDA_MPS_PIPE_DIRECTORY=${pipes}`,
  ])
    assert.ok(lines.includes(line), line)
  assert.equal(mps.told(), 'start quit')
  assert.ok(!existsSync(pipes))
})

test('limits that were not asked for do not apply', () => {
  mps.env.CUDA_DEVICE_MAX_CONNECTIONS = '2'
  const { stdout, stderr } = eclip(['--', 'env'])
  assert.equal(stderr, '')
  assert.match(stdout, /^CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=100$/m)
  assert.match(stdout, /^CUDA_DEVICE_MAX_CONNECTIONS=2$/m)
  assert.doesNotMatch(stdout, /CLIENT_PRIORITY|MEM_LIMIT|ECLIP_YIELD/)
})

test('a program that yields learns that through the library', () => {
  const { stdout } = eclip(['--priority', 'low', '--yield', '--', 'env'])
  assert.match(stdout, /^CUDA_MPS_CLIENT_PRIORITY=1$/m)
  assert.match(stdout, /^ECLIP_YIELD=1$/m)
  assert.match(stdout, /^LD_PRELOAD=.*\/libeclip-\w+\.so$/m)
  const { status, stderr } = eclip(['--granules', '0', '--yield', '--', 'env'])
  assert.equal(status, 2)
  assert.match(stderr, /--yield/)
})

test('the daemon sees every GPU and does not get the limits of its first client', () => {
  Object.assign(mps.env, { CUDA_VISIBLE_DEVICES: '1', CUDA_MPS_ACTIVE_THREAD_PERCENTAGE: '5' })
  const { stdout } = eclip(['--', 'env'])
  assert.match(stdout, /^CUDA_VISIBLE_DEVICES=1$/m)
  const names = readFileSync(join(mps.folder, 'bin/environment'), 'utf8').match(/^\w+/gm)
  assert.deepEqual(names, ['CUDA_MPS_LOG_DIRECTORY', 'CUDA_MPS_PIPE_DIRECTORY'])
})

test('input, output and exit codes pass through', () => {
  const { status, stdout, stderr } = eclip(['--', 'sh', '-c', 'cat; echo no >&2; exit 7'], 'hi\n')
  assert.deepEqual([status, stdout, stderr], [7, 'hi\n', 'no\n'])
  assert.equal(eclip(['--', 'sh', '-c', 'kill -9 $$']).status, 137)
})

test('signals pass through', async () => {
  const { child } = await waiting([
    'sh',
    '-c',
    'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done',
  ])
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [5, null])
  assert.equal(mps.told(), 'start quit')
})

test('runs share one daemon, which ends with the last of them', async () => {
  const first = await waiting()
  const second = await waiting()
  assert.equal(await end(first.child), 0)
  assert.equal(mps.told(), 'start')
  assert.ok(isRunning(mps.daemon()!))
  assert.equal(await end(second.child), 0)
  assert.equal(mps.told(), 'start quit')
})

test('runs that start at the same time start one daemon', async () => {
  const runs = await Promise.all([waiting(), waiting(), waiting()])
  assert.equal(mps.told(), 'start')
  await Promise.all(runs.map(({ child }) => end(child)))
  assert.equal(mps.told(), 'start quit')
})

test('the next run ends what a killed run left behind', async () => {
  const { child, program } = await waiting(['sh', '-c', 'echo up $$; exec sleep 60'])
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  assert.ok(isRunning(program))
  assert.equal(eclip(['--', 'true']).status, 0)
  assert.ok(!isRunning(program))
  assert.equal(mps.told(), 'start quit')
})

test(
  'the daemon ends with the last run, even if another one is still ending',
  withCompiler,
  async () => {
    const [ending, left] = ['ending', 'left'].map((name) => join(mps.folder, name))
    compileTest(ending, 'ending.c', '-lpthread')
    const { child } = await waiting([ending, left])
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    assert.equal(eclip(['--', 'touch', left]).status, 0)
    assert.equal(mps.told(), 'start quit')
    assert.ok(!isRunning(mps.daemon() ?? 0))
    assert.ok(!existsSync(join(mps.folder, 'eclip/mps/pipes')))
  },
)

test('a killed daemon is replaced, but not while programs use it', async () => {
  const { child } = await waiting()
  const daemon = mps.daemon()!
  process.kill(daemon, 'SIGKILL')
  await gone(daemon)
  const refused = eclip(['--', 'true'])
  assert.deepEqual(
    [refused.status, refused.stderr],
    [1, 'eclip: the MPS daemon was killed, and programs that used it still run: end them first\n'],
  )
  assert.equal(await end(child), 0)
  assert.equal(eclip(['--', 'true']).status, 0)
  assert.equal(mps.told(), 'start start quit')
})

test('servers that a killed daemon left behind are ended, but not those of other daemons', async () => {
  const server = join(mps.folder, 'bin/nvidia-cuda-mps-server')
  const [ours, other] = ['eclip/mps/pipes', 'elsewhere'].map((pipes) => {
    const env = { ...mps.env, CUDA_MPS_PIPE_DIRECTORY: join(mps.folder, pipes) }
    return spawn(server, { env, stdio: 'ignore' })
  })
  try {
    assert.equal(eclip(['--', 'true']).status, 0)
    await gone(ours.pid!)
    assert.ok(isRunning(other.pid!))
  } finally {
    for (const child of [ours, other]) child.kill('SIGKILL')
  }
})

test('if anything is missing, one line says so', () => {
  const none = runEclip(['run', '--', 'true'], { env: { ...mps.env, PATH: '/nowhere' } })
  assert.equal(none.status, 1)
  assert.match(none.stderr, /^eclip: no MPS: nvidia-cuda-mps-control, .* is not on the PATH\n$/)
  const program = eclip(['--', 'no-such-program'])
  assert.equal(program.status, 2)
  assert.match(program.stderr, /^eclip: COMMAND: expected a program .*, found "no-such-program"\n$/)
  assert.equal(mps.told(), 'start quit')
  for (const name of ['', `${MAIN}/below-a-file`])
    assert.match(
      eclip(['--', name]).stderr,
      /^eclip: COMMAND: expected a program on the PATH .*\n$/,
    )
})

test('for flags of the program that look like ours, the error says where they belong', () => {
  const { status, stderr } = eclip(['./x', '--lr', '3'])
  assert.equal(status, 2)
  assert.equal(stderr, "eclip: unknown option '--lr' (the program's own follow --)\n")
})

test('a run folder that others can access is refused', () => {
  mkdirSync(join(mps.folder, 'eclip'))
  chmodSync(join(mps.folder, 'eclip'), 0o755)
  const { status, stderr } = eclip(['--', 'true'])
  assert.equal(status, 1)
  assert.match(stderr, /^eclip: .*\/eclip is not a folder of this user alone\n$/)
  assert.equal(mps.told(), '')
})
