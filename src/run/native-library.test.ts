/** The native library under programs that know nothing about it, on a driver without a GPU. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { NATIVE_SOURCES } from '../binding/native-library.js'
import { MAIN, runEclip } from '../cli/eclip.test.fixture.js'
import { compileFakeDriver, compileTest, withCompiler } from './fake-cuda.test.fixture.js'
import { LiveSettings } from './live-settings.js'

const options = withCompiler

const folder = mkdtempSync(join(tmpdir(), 'eclip-native-'))
const path = (name: string) => join(folder, name)
const log = path('log')
const environment = { XDG_RUNTIME_DIR: folder, LD_LIBRARY_PATH: folder, FAKE_CUDA_LOG: log }
after(() => rmSync(folder, { recursive: true }))

const compile = (output: string, source: string, ...words: readonly string[]) =>
  compileTest(path(output), source, ...words)

before(() => {
  if (options.skip) return
  compileFakeDriver(folder)
  compile('program', 'program.c', '-lpthread')
  compile('linked', 'program.c', '-DLINKED', path('libcuda.so.1'), '-lpthread')
  compile('libnext.so', 'next.c', '-shared', '-fPIC')
  compile('static', 'plain.c', '-static')
})

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** What the driver was asked to do, line by line. */
  readonly asked: readonly string[]
}

function ran(words: readonly string[], more: NodeJS.ProcessEnv): Ran {
  rmSync(log, { force: true })
  const [program, ...rest] = words
  const { status, stdout, stderr } = spawnSync(program, rest, {
    env: { ...process.env, ...environment, ...more },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr, asked: logged() }
}

function logged(): string[] {
  const text = existsSync(log) ? readFileSync(log, 'utf8').trim() : ''
  return text === '' ? [] : text.split('\n')
}

/** Runs the program that does things twice, with something in between. */
async function between(words: readonly string[], more: NodeJS.ProcessEnv, change: () => void) {
  rmSync(log, { force: true })
  const [program, ...rest] = words
  const child = spawn(program, rest, {
    env: { ...process.env, ...environment, ...more },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const before = logged()
  change()
  const ended = once(child, 'exit')
  child.stdin.end('\n')
  assert.deepEqual(await ended, [0, null])
  return { before, after: logged().slice(before.length) }
}

/** Runs a program with granules for its models. */
function confined(granules: string, words: readonly string[], environment = {}): Ran {
  const eclip = [process.execPath, MAIN, 'run', '--granules', granules, '--']
  return ran([...eclip, path(words[0]), ...words.slice(1)], environment)
}

/** The same with only a priority, as programs under MPS have it. */
function prior(priority: number, words: readonly string[], environment = {}): Ran {
  const [library] = libraries()
  return ran([path(words[0]), ...words.slice(1)], {
    LD_PRELOAD: library,
    ECLIP_PRIORITY: `${priority}`,
    ...environment,
  })
}

function libraries(): string[] {
  confined('0', ['static'])
  const built = spawnSync('find', [join(folder, 'eclip/native'), '-type', 'f'], {
    encoding: 'utf8',
  })
  return built.stdout.trim().split('\n')
}

const withoutMaking = (lines: readonly string[]) =>
  lines.filter((line) => !/^(?:partition|instantiate|plain)/.test(line))

const TWO = '0-3,8+10-11'
const STREAMS = [
  'partition 0,1,2,3',
  'stream on 0,1,2,3 priority 0',
  'stream on 0,1,2,3 priority -1',
  'partition 8,10,11',
  'stream on 8,10,11 priority 0',
  'stream on 8,10,11 priority -1',
  'stream on 0,1,2,3 priority 0',
  'stream on whole blocking priority 0',
]

for (const [program, way] of [
  ['linked', 'linked'],
  ['program', 'dlsym'],
  ['program', 'default'],
  ['program', 'proc'],
]) {
  test(`streams are given to models in turn, found by ${way}`, options, () => {
    const { status, stderr, asked } = confined(TWO, [program, way, 'streams'])
    assert.deepEqual(asked, STREAMS)
    assert.equal(status, 0)
    assert.match(stderr, /^eclip: streams that wait for the default stream stay [^\n]+\n$/)
  })
}

test('compilers have no remarks on the source', options, () => {
  const sources = readdirSync(NATIVE_SOURCES).filter((name) => name.endsWith('.c'))
  const words = ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-fsyntax-only']
  const { stderr } = spawnSync('cc', [...words, ...sources, 'probe/probe.c'], {
    cwd: NATIVE_SOURCES,
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
})

test('the library is built once', options, () => {
  const before = libraries()
  assert.equal(before.length, 1)
  assert.match(before[0], /\/libeclip-[\da-f]{12}\.so$/)
  assert.deepEqual(libraries(), before)
})

for (const way of ['dlsym', 'proc']) {
  test(`a client of MPS is told of the whole device, found by ${way}`, options, () => {
    const told = (environment: NodeJS.ProcessEnv) => {
      const [LD_PRELOAD] = libraries()
      return ran([path('program'), way, 'attributes'], { LD_PRELOAD, ...environment }).stdout
    }
    const share = { FAKE_CUDA_MPS: '1' }
    assert.equal(told(share), 'attribute 10: 10, SMs: 52\n')
    assert.equal(told({ ...share, ECLIP_CUS: '132' }), 'attribute 10: 10, SMs: 132\n')
    // Never fewer than there are, and a text that is not a number has no effect.
    assert.equal(told({ ECLIP_CUS: '66' }), 'attribute 10: 10, SMs: 132\n')
    assert.equal(told({ ...share, ECLIP_CUS: 'all' }), 'attribute 10: 10, SMs: 52\n')
  })
}

test('threads name the model of their streams, and others stay where they are', options, () => {
  const { asked } = confined('text=0-3,image=4', ['program', 'proc', 'threads'])
  assert.deepEqual(asked, [
    'partition 0,1,2,3',
    'stream on 0,1,2,3 priority 0',
    'partition 4',
    'stream on 4 priority 0',
    'stream on 0,1,2,3 priority 0',
    'stream on whole priority 0',
  ])
})

test(
  'NVTX ranges name the model of streams and graphs; the innermost range with one counts',
  options,
  () => {
    const { status, stderr, asked } = confined('nvtx:text=0,nvtx:image=1,other=2', [
      'program',
      'dlsym',
      'ranges',
    ])
    assert.equal(status, 0, stderr)
    assert.deepEqual(withoutMaking(asked), [
      'stream on whole priority 0',
      'stream on 0 priority 0',
      'stream on 0 priority 0',
      'stream on 1 priority 0',
      'graph 0@1/0 on default',
      'stream on 0 priority 0',
      'stream on whole priority 0',
      'stream on whole priority 0',
    ])
  },
)

const kindsOf = ({ asked }: Ran, kind: string) => asked.filter((line) => line.startsWith(kind))

test('kernels, copies and memsets of graphs go to the partition of their model', options, () => {
  const graphs = confined(TWO, ['program', 'proc', 'graphs'])
  const first = 'graph 0@0,1,2,3/0 2@0,1,2,3/0 1@0,1,2,3/0 3@whole/0 on default'
  assert.deepEqual(kindsOf(graphs, 'graph'), [first, 'graph 0@8,10,11/0 on default', first])
  assert.equal(kindsOf(graphs, 'destroy').length, kindsOf(graphs, 'instantiate').length)
  assert.equal(graphs.stderr, '')
})

test('an updated graph stays with its model until a node is changed', options, () => {
  const updates = confined(TWO, ['program', 'proc', 'updates'])
  assert.deepEqual(kindsOf(updates, 'graph'), [
    'graph 0@0,1,2,3/0 0@0,1,2,3/0 on default',
    'graph 0@whole/0 0@whole/0 on default',
  ])
  assert.match(updates.stderr, /^eclip: some graphs cannot be moved [^\n]+\n$/)
})

test('whatever cannot be moved runs as it would have', options, () => {
  for (const [what, environment, say] of [
    ['memory', {}, /^eclip: some graphs cannot/],
    ['other', {}, /^eclip: streams of contexts beside/],
    ['graphs', { FAKE_CUDA_MPS: '1' }, /^eclip: this GPU cannot be partitioned now/],
    ['graphs', { FAKE_CUDA_NO_TWINS: '1' }, /^eclip: some graphs cannot/],
  ] as const) {
    const words = ['program', 'proc', what]
    const { status, stderr, asked } = confined(TWO, words, environment)
    assert.equal(status, 0, what)
    assert.match(stderr, say)
    assert.equal(stderr.split('\n').length, 2, stderr)
    const launched = asked.filter((line) => /^(?:graph|stream)/.test(line))
    const bare = ran([path('program'), 'proc', what], environment).asked
    assert.deepEqual(
      launched,
      bare.filter((line) => /^(?:graph|stream)/.test(line)),
      what,
    )
  }
})

test('granules that the GPU does not have leave kernels where they are', options, () => {
  const { stderr, asked } = confined('0-15,16', ['program', 'dlsym', 'streams'])
  assert.match(stderr, /eclip: this GPU has fewer granules/)
  assert.match(asked[0], /^partition 0,1,.*,15$/)
  assert.ok(asked.includes('stream on whole priority 0'))
})

test('a priority applies to streams, single launches and nodes of graphs', options, () => {
  const launches = prior(2, ['program', 'proc', 'launches'])
  assert.deepEqual(launches.asked, [
    'kernel priority -2 on default',
    'kernel priority -2 on default',
    'kernel priority -2 on default',
    'kernel priority -4 on default',
  ])
  const lowest = prior(0, ['program', 'proc', 'launches'])
  assert.deepEqual(lowest.asked, ran([path('program'), 'proc', 'launches'], {}).asked)
  assert.deepEqual(prior(2, ['program', 'proc', 'per-thread']).asked, [
    'per-thread kernel priority -2 on default',
  ])
  assert.deepEqual(kindsOf(prior(2, ['linked', 'linked', 'graphs']), 'graph'), [
    'graph 0@whole/-2 2@whole/0 1@whole/0 3@whole/0 on default',
    'graph 0@whole/-2 on default',
    'graph 0@whole/-2 2@whole/0 1@whole/0 3@whole/0 on default',
  ])
  assert.deepEqual(prior(63, ['program', 'dlsym', 'streams']).asked.slice(0, 2), [
    'stream on whole priority -5',
    'stream on whole priority -5',
  ])
})

test('a changed priority applies from the next launch, stream and graph on', options, async () => {
  const [library] = libraries()
  const live = new LiveSettings(path('live'))
  const more = { LD_PRELOAD: library, ECLIP_PRIORITY: '1', ...live.environment }
  const words = [path('program'), 'proc', 'changes']
  const { before, after } = await between(words, more, () => live.change({ priority: 3 }))
  const did = (priority: number) => [
    `stream on whole priority ${priority}`,
    `kernel priority ${priority} on default`,
    `graph 0@whole/${priority} on default`,
    `graph 0@whole/${priority} on default`,
  ]
  assert.deepEqual(withoutMaking(before), did(-1))
  assert.deepEqual(
    withoutMaking(after).filter((line) => line !== 'destroy'),
    did(-3),
  )
  assert.equal(after.filter((line) => line === 'destroy').length, 1)
})

test(
  'launches have the priority of their stream, unless another one is wanted',
  options,
  async () => {
    const [library] = libraries()
    const asAsked = ['plain 1 2 3 4 5 6 7', 'kernel priority 0 on whole']
    for (const { priority, made, changed, given } of [
      { priority: 1, made: [-1, -3], changed: 3, given: [-3, -5] },
      { priority: 2, made: [-2, -4], changed: 0, given: [0, -2] },
    ]) {
      const live = new LiveSettings(path('live'))
      const more = { LD_PRELOAD: library, ECLIP_PRIORITY: `${priority}`, ...live.environment }
      const words = [path('program'), 'proc', 'own']
      const { before, after } = await between(words, more, () => live.change({ priority: changed }))
      const streams = made.map((one) => `stream on whole priority ${one}`)
      assert.deepEqual(before, [...streams, ...asAsked, ...asAsked])
      assert.deepEqual(
        after,
        given.map((one) => `kernel priority ${one} on whole`),
      )
    }
  },
)

test('with many streams, the priority of each is known at its launches', options, () => {
  const { asked } = prior(1, ['program', 'dlsym', 'many'])
  const launched = asked.filter((line) => line.startsWith('kernel'))
  assert.deepEqual(launched, Array(1000).fill('kernel priority 0 on whole'))
})

test(
  'changed granules apply to new streams and graphs, and other models are ignored',
  options,
  async () => {
    const words = [process.execPath, MAIN, 'run', '--granules', '0-1', '--name', 'm', '--']
    const program = [...words, path('program'), 'proc', 'changes']
    const did = (granules: string) => [
      `stream on ${granules} priority 0`,
      'kernel priority 0 on default',
      `graph 0@${granules}/0 on default`,
      'graph 0@0,1/0 on default',
    ]
    const set = (granules: string) =>
      runEclip(['set', 'm', '--granules', granules], { env: { ...process.env, ...environment } })
    const { before, after } = await between(program, {}, () => {
      const refused = set('2,3')
      assert.deepEqual(
        [refused.status, refused.stdout],
        [1, 'm: granules 2,3 is not set: its models stay those of 0-1\n'],
      )
      const { status, stdout, stderr } = set('4+6')
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^m: granules 4\+6 for new streams and graphs; .*\n$/)
    })
    assert.deepEqual(withoutMaking(before), did('0,1'))
    assert.deepEqual(withoutMaking(after), did('4,6'))
  },
)

test('changed settings that name other models, or a priority, are ignored', options, async () => {
  const [library] = libraries()
  for (const values of [
    { granules: '2,3' },
    { granules: 'a=2' },
    { granules: '2', priority: 1 },
    { granules: '2x' },
  ]) {
    const live = new LiveSettings(path('live'))
    const more = { LD_PRELOAD: library, ECLIP_GRANULES: '0-1', ...live.environment }
    const words = [path('program'), 'proc', 'changes']
    const { before, after } = await between(words, more, () => live.change(values))
    assert.deepEqual(withoutMaking(after), withoutMaking(before), values.granules)
  }
})

test('a driver without priorities of launches gets plain launches, unchanged', options, () => {
  const environment = { FAKE_CUDA_NO_LAUNCH_PRIORITY: '1' }
  const { stderr, asked } = prior(2, ['program', 'proc', 'launches'], environment)
  assert.deepEqual(asked.slice(0, 2), ['plain 1 2 3 4 5 6 7', 'kernel priority 0 on default'])
  assert.match(stderr, /^eclip: the driver takes no priority of single launches\n/)
})

test('programs that fork, or have no driver, run as they would', options, () => {
  const forks = confined(TWO, ['program', 'proc', 'forks'])
  assert.equal(forks.status, 0, forks.stderr)
  assert.equal(kindsOf(forks, 'stream').length, 51)
  assert.equal(confined(TWO, ['static']).status, 7)
  assert.equal(ran([process.execPath, MAIN, 'run', '--granules', '0', '--', 'true'], {}).status, 0)
})

test('other libraries in the same place are called as before', options, () => {
  const [library] = libraries()
  for (const order of [`${library}:${path('libnext.so')}`, `${path('libnext.so')}:${library}`]) {
    const environment = { LD_PRELOAD: order, ECLIP_PRIORITY: '1' }
    const { status, stderr, asked } = ran([path('linked'), 'linked', 'streams'], environment)
    assert.equal(status, 0)
    assert.ok(stderr.match(/counted/g)!.length >= 5, stderr)
    assert.equal(asked.length, 6)
  }
})
