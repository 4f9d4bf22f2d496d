/** The run-time scheduler under programs that know nothing about it, on a driver without a GPU. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { preloadNativeLibrary } from '../binding/native-library.js'
import { MAIN } from '../cli/eclip.test.fixture.js'
import { type Plan, planSchema } from '../plan/plan.js'
import { createRandom, type Random } from '../random.js'
import { compileTest, withCompiler as options } from './fake-cuda.test.fixture.js'
import { isRunning } from './fake-mps.test.fixture.js'
import { parseCounts } from './plan-counts.js'
import { planTable } from './plan-table.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-native-plan-'))
const path = (name: string) => join(folder, name)
const environment = {
  ...process.env,
  XDG_RUNTIME_DIR: folder,
  LD_LIBRARY_PATH: folder,
  FAKE_CUDA_LOG: path('log'),
  FAKE_HIP_LOG: path('log'),
}
after(() => rmSync(folder, { recursive: true }))

before(() => {
  if (options.skip) return
  compile('libcuda.so.1', 'fake-streams.c', '-shared', '-fPIC', '-Wl,-soname,libcuda.so.1')
  compile('script', 'script.c', '-rdynamic', '-lpthread')
  compile('linked', 'script.c', '-DLINKED', path('libcuda.so.1'), '-lpthread')
  compile('libamdhip64.so', 'fake-hip.c', '-shared', '-fPIC', '-Wl,-soname,libamdhip64.so')
  compile('hip', 'hip-script.c', path('libamdhip64.so'))
  const { XDG_RUNTIME_DIR: own } = process.env
  process.env.XDG_RUNTIME_DIR = folder
  Object.assign(environment, preloadNativeLibrary())
  if (own === undefined) delete process.env.XDG_RUNTIME_DIR
  else process.env.XDG_RUNTIME_DIR = own
})

function compile(output: string, source: string, ...words: string[]): void {
  compileTest(path(output), source, ...words)
}

/** A group of a plan: its kernels, the index into the pool, and its priority. */
type Group = readonly [kernels: number, partition: number, priority: number]

const POOL = [[0, 1], [4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7], [15]]

function planOf(...workers: (readonly Group[])[]): Plan {
  return planSchema.parse({
    format: 'eclip.plan/1',
    device: { name: 'h200', fingerprint: 'nvidia:h200:15x8+1x12' },
    mechanism: 'pooled',
    pool: POOL.map((granules) => ({ granules, owner: null })),
    workers: workers.map((groups, w) => ({
      name: `w${w}`,
      model: `m${w}`,
      batch: 8,
      groups: groups.map(([kernels, partition, priority]) => ({ kernels, partition, priority })),
    })),
    evidence: { policy: 'eclip', switchesPerRequest: workers.map(() => 0) },
  })
}

interface Ran {
  readonly status: number | null
  readonly stderr: string
  /** What the driver was asked to do, line by line. */
  readonly asked: readonly string[]
}

/** Runs a program, with the table of the plan if there is one. */
function ran(words: readonly string[], plan?: Plan, more: NodeJS.ProcessEnv = {}): Ran {
  for (const name of ['log', 'counts']) rmSync(path(name), { force: true })
  const env: NodeJS.ProcessEnv = { ...environment, ...more }
  if (plan === undefined) delete env.LD_PRELOAD
  else {
    const bits = (partition: readonly number[]) => [partition.reduce((all, g) => all | (1 << g), 0)]
    writeFileSync(path('table'), planTable('a plan', plan, plan.workers, bits))
    Object.assign(env, { ECLIP_PLAN: path('table'), ECLIP_PLAN_COUNTS: path('counts') })
  }
  const [program, ...rest] = words
  const { status, stderr } = spawnSync(path(program), rest, { env, encoding: 'utf8' })
  const text = existsSync(path('log')) ? readFileSync(path('log'), 'utf8').trim() : ''
  return { status, stderr, asked: text.split('\n') }
}

/** What the library counted in the only process of a plan with one worker. */
function counted() {
  const [{ workers, ...process }] = parseCounts(readFileSync(path('counts'), 'utf8'), 1)
  return { ...process, ...workers[0] }
}

const REQUEST = ['k1', 'k2', 'k3', 'k4', 'sync']
/** Two switches, because kernel 3 runs elsewhere. */
const PLAN = planOf([
  [2, 0, 0],
  [1, 1, 2],
  [1, 0, 0],
])
const requests = (count: number) => Array<string[]>(count).fill(REQUEST).flat()
const AS_PLANNED = [
  'record 2 on default',
  'wait 2 on 0,1#1',
  'kernel 1 on 0,1#1',
  'kernel 2 on 0,1#1',
  'record 2 on 0,1#1',
  'wait 2 on 4,5,6,7#2',
  'kernel 3 at -2 on 4,5,6,7#2',
  'record 2 on 4,5,6,7#2',
  'wait 2 on 0,1#1',
  'kernel 4 on 0,1#1',
  'record 2 on 0,1#1',
  'wait 2 on default',
  'sync on default',
]
const BARE = [1, 2, 3, 4].map((kernel) => `kernel ${kernel} on default`)

for (const words of [
  ['script', 'proc'],
  ['script', 'symbol'],
  ['linked', 'linked'],
]) {
  test(`a request that came twice runs where the plan says, found by ${words[1]}`, options, () => {
    const { status, stderr, asked } = ran([...words, ...requests(4)], PLAN)
    assert.equal(status, 0, stderr)
    assert.equal(stderr, '')
    const learned = [...BARE, 'sync on default']
    assert.deepEqual(asked, [...learned, ...learned, ...AS_PLANNED, ...AS_PLANNED])
    const { waitedFor: _, ...counts } = counted()
    assert.deepEqual(counts, {
      requests: 2,
      switches: 4,
      barriers: 4,
      returns: 0,
      stayed: 8,
      usual: 4,
    })
  })
}

const kernelsOf = ({ asked }: Ran) => asked.filter((line) => line.startsWith('kernel'))

test('nothing waits for streams that are done', options, () => {
  const { asked } = ran(['script', 'proc', ...requests(3)], PLAN, { FAKE_CUDA_IDLE: '1' })
  const idle = AS_PLANNED.flatMap((line) => {
    const [, stream] = /^record 2 on (.*#.*)/.exec(line) ?? []
    if (stream !== undefined) return [`idle ${stream}`]
    return line.startsWith('wait') && !line.endsWith('0,1#1') ? [] : [line]
  })
  // Only the stream of the program is waited for, at the first kernel.
  const last = idle.lastIndexOf('wait 2 on 0,1#1')
  assert.deepEqual(asked.slice(10), idle.toSpliced(last, 1))
  const { switches, barriers } = counted()
  assert.deepEqual([switches, barriers], [2, 0])
})

test('without waits, a request begins where the repetition began', options, () => {
  const words = requests(4).filter((word) => word !== 'sync')
  const run = ran(['script', 'proc', 'k9', ...words], PLAN)
  const [first] = kernelsOf(run).filter((line) => line.includes('#'))
  assert.equal(first, 'kernel 1 on 0,1#1')
  assert.equal(counted().switches, 4)
})

test('after a first wait requests begin there, wherever the repetition began', options, () => {
  const words = ['k3', 'k4', ...requests(3).filter((word) => word !== 'sync'), ...requests(2)]
  const run = ran(['script', 'proc', 'k2', ...words, ...requests(1)], PLAN)
  assert.deepEqual(
    kernelsOf(run).slice(-4),
    AS_PLANNED.filter((line) => line.startsWith('kernel')),
  )
})

test('other kernels stay where they are, with one remark, until a request begins', options, () => {
  const odd = ['k1', 'k2', 'k9', 'k9', 'sync', 'k9', 'sync']
  const run = ran(['script', 'proc', ...requests(2), ...odd, ...requests(1), ...odd], PLAN)
  assert.match(run.stderr, /^eclip: a request went on otherwise than those before: [^\n]+\n$/)
  const on = kernelsOf(run)
    .slice(8)
    .map((line) => line.replace(/^kernel (\d+).* on /, '$1 '))
  const broken = ['1 0,1#1', '2 0,1#1', '9 default', '9 default', '9 default']
  const whole = ['1 0,1#1', '2 0,1#1', '3 4,5,6,7#2', '4 0,1#1']
  assert.deepEqual(on, [...broken, ...whole, ...broken])
  assert.equal(counted().requests, 1)
})

test('kernels between requests do not make it forget them', options, () => {
  const words = Array<string[]>(40)
    .fill([...REQUEST, 'k9'])
    .flat()
  ran(['script', 'proc', ...requests(2), ...words], PLAN)
  assert.equal(counted().requests, 40)
})

test('another request is learned in place of one that no longer comes', options, () => {
  const other = Array<string[]>(12).fill(['k5', 'k6', 'k7', 'k8', 'sync']).flat()
  const run = ran(['script', 'proc', ...requests(3), ...other], PLAN)
  assert.equal(kernelsOf(run).at(-2), 'kernel 7 at -2 on 4,5,6,7#2')
})

test(
  'each of several streams has streams of its own, and the next request of its model',
  options,
  () => {
    const plan = planOf([[2, 0, 0]], [[2, 1, 0]])
    const words = ['s1', 'k1', 'k2', 's2', 'k1', 'k2']
    const run = ran(['script', 'proc', ...words, ...words, ...words], plan)
    assert.deepEqual(kernelsOf(run).slice(8), [
      'kernel 1 on 0,1#3',
      'kernel 2 on 0,1#3',
      'kernel 1 on 4,5,6,7#4',
      'kernel 2 on 4,5,6,7#4',
    ])
  },
)

test('if two models begin alike and come one after the other, each is found', options, () => {
  const plan = planOf(
    [0, 1].map((partition) => [1, partition, 0] as const),
    [1, 2, 3].map((partition) => [1, partition, 0] as const),
  )
  const one = Array<string[]>(5).fill(['k1', 'k2', 'sync']).flat()
  const other = Array<string[]>(7).fill(['k1', 'k5', 'k6', 'sync']).flat()
  const run = ran(['script', 'proc', ...one, ...other], plan)
  const last = kernelsOf(run).slice(-3)
  assert.deepEqual(
    last.map((line) => line.replace(/#.*/, '')),
    ['kernel 1 on 4,5,6,7', 'kernel 5 on 0,1,2,3,4,5,6,7', 'kernel 6 on 15'],
  )
  const [{ workers }] = parseCounts(readFileSync(path('counts'), 'utf8'), 2)
  assert.deepEqual(
    workers.map(({ requests: whole, switches }) => [whole, switches]),
    [
      [3, 3],
      [5, 10],
    ],
  )
})

test('captured work stays, and what comes after it does not', options, () => {
  const words = [...requests(2), 's1', 'begin', 's0', ...REQUEST, 's1', 'finish', 's0', ...REQUEST]
  const run = ran(['script', 'proc', ...words], PLAN)
  assert.deepEqual(kernelsOf(run).slice(8, 12), BARE)
  assert.equal(kernelsOf(run)[12], 'kernel 1 on 0,1#2')
})

test('a call for one stream leaves kernels of another where they are', options, () => {
  const other = [
    's2',
    'k7',
    's1',
    ...requests(2),
    'k1',
    's2',
    'set',
    'graph',
    'sync',
    's1',
    'k2',
    'k3',
    'k4',
  ]
  const run = ran(['script', 'proc', ...other, 'sync'], PLAN)
  const place = (name: string) => name.replace('#1', '#3').replace('#2', '#4')
  const amid = ['set on free#1', 'graph on free#1', 'sync on free#1']
  const planned = AS_PLANNED.map((line) => place(line).replace('default', 'free#2'))
  assert.deepEqual(run.asked.slice(11), planned.toSpliced(3, 0, ...amid))
})

test('kernels stay while another thread is in a call for their stream', options, () => {
  const words = [...requests(3), 'set', 'k2', 'sync', ...requests(1)]
  const run = ran(['script', 'proc', ...words], PLAN, { FAKE_CUDA_AMID: '1' })
  assert.equal(kernelsOf(run)[12], 'kernel 1 on default')
  assert.match(kernelsOf(run).at(-1)!, /^kernel 4 on 0,1#1$/)
})

test('a program goes on as it would if the driver does not do what the plan says', options, () => {
  for (const [words, more, say] of [
    [requests(3), { FAKE_CUDA_MPS: '1' }, /^eclip: the driver makes no partition/],
    [requests(3), { FAKE_CUDA_REFUSE: '4,5,6,7' }, /^eclip: some kernels do not run in their/],
    [['s8', ...requests(3)], {}, /^$/],
    [['own', ...requests(3)], {}, /^$/],
    [[...requests(2), 'k1', 'fork', 'k2', 'k3', 'k4', 'sync'], {}, /^$/],
    [['s1', ...requests(2), 'k1', 'k2', 'end', ...requests(1)], {}, /^$/],
  ] as const) {
    for (const program of [
      ['script', 'proc'],
      ['linked', 'linked'],
    ]) {
      const { status, stderr, asked } = ran([...program, ...words], PLAN, more)
      assert.equal(status, 0, stderr)
      assert.match(stderr, say)
      assert.equal(inOrder(asked, words), undefined)
    }
  }
})

test('a kernel that is refused in its partition runs on the stream of the program', options, () => {
  const run = ran(['script', 'proc', ...requests(3)], PLAN, { FAKE_CUDA_REFUSE: '4,5,6,7' })
  assert.deepEqual(kernelsOf(run).slice(8), [
    'kernel 1 on 0,1#1',
    'kernel 2 on 0,1#1',
    'kernel 3 on default',
    'kernel 4 on 0,1#1',
  ])
})

test('nothing more goes to pooled streams once their context is gone', options, () => {
  const run = ran(['script', 'proc', ...requests(3), 'reset', ...requests(2)], PLAN)
  assert.deepEqual(kernelsOf(run).slice(12), [...BARE, ...BARE])
})

test('a kernel does not wait for a call that only asks', options, () => {
  const words = ['k1', 'limit', 'k2', 'k3', 'k4', 'sync']
  assert.deepEqual(
    ran(['script', 'proc', ...requests(2), ...words], PLAN).asked.slice(10),
    AS_PLANNED,
  )
})

test(
  'a return in the middle of a request is counted, with the function that caused it',
  options,
  () => {
    ran(['script', 'proc', ...requests(2), 'k1', 'set', 'k2', 'k3', 'k4', 'sync'], PLAN)
    const { requests: whole, returns, switches, waitedFor } = counted()
    assert.deepEqual([whole, returns, switches], [1, 1, 2])
    assert.deepEqual([...waitedFor].sort(), ['cuMemsetD8Async:1', 'cuStreamSynchronize:1'])
  },
)

test('a table that cannot be read is ignored, with a remark', options, () => {
  const good = 'place 1 3\nrequest 2\n2 0 0\n'
  for (const bad of [
    '',
    'place 1 0\nrequest 2\n2 0 0\n',
    good.replace('2 0 0', '2 1 0'),
    good.replace('2 0 0', '3 0 0'),
    good.replace('2 0 0', '1 0 0'),
    good.replace('2 0 0', '2 0 64'),
    good.replace('2 0 0', '-1 0 0\n3 0 0'),
    good.replace('request', 'requests'),
    'place 99 3\n',
    'place 1 3\n'.repeat(65),
    good.replace('request 2', 'request 99999999'),
  ]) {
    writeFileSync(path('bad'), bad)
    const env = { ...environment, ECLIP_PLAN: path('bad') }
    const run = spawnSync(path('script'), ['proc', 'k1', 'k1', 'k1'], { env, encoding: 'utf8' })
    assert.equal(run.stderr, 'eclip: ECLIP_PLAN names no table of a plan, and is ignored\n', bad)
    assert.equal(run.status, 0)
  }
})

test('launches of HIP go to streams with the masks of the plan', options, () => {
  const words = ['k1', 'copy', 'k2', 'k3', 'k4', 'all']
  for (const stream of [[], ['s1']]) {
    const own = stream.length === 0 ? 'default' : 'free#1'
    const run = ran(['hip', ...stream, ...requests(3), ...words], PLAN)
    assert.equal(run.status, 0, run.stderr)
    const planned = AS_PLANNED.map((line) =>
      line
        .replace(/^(record|wait) 2/, '$1 1')
        .replace(' at -2', '')
        .replace('0,1#1', '0x3')
        .replace('4,5,6,7#2', '0xf0')
        .replace('default', own),
    )
    const [, , first] = planned
    const returned = ['record 1 on 0x3', `wait 1 on ${own}`, `copy on ${own}`]
    const amid = [
      first,
      ...returned,
      ...planned.slice(0, 2),
      ...planned.slice(3, -1),
      'sync on all',
    ]
    assert.deepEqual(run.asked.slice(10), [...planned, ...planned.slice(0, 2), ...amid])
  }
})

test('a program that looks up functions of HIP by name is left alone', options, () => {
  const run = ran(['hip', ...requests(3), 'hipMemcpyAsync', ...requests(2)], PLAN)
  assert.match(run.stderr, /^eclip: the program looks functions of HIP up by name: [^\n]+\n$/)
  assert.deepEqual(kernelsOf(run).slice(12), [...BARE, ...BARE])
})

/** Everything that a program in these tests can do to its current stream. */
const DEEDS = [
  'set',
  'sync',
  'all',
  'mark',
  'await',
  'cooperative',
  'graph',
  'limit',
  'k9',
] as const

test('whatever a program does, its kernels and everything else keep their order', options, () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = createRandom(seed)
    const lengths = [1 + random.integer(9), 1 + random.integer(9)]
    const plan = planOf(...lengths.map((length) => randomGroups(random, length)))
    const words = randomWords(random, lengths)
    const idle = { FAKE_CUDA_IDLE: `${1 + random.integer(4)}` }
    const program = random.integer(3) ? ['script', 'proc'] : ['linked', 'linked']
    const { status, asked } = ran([...program, ...words], plan, random.integer(2) ? idle : {})
    assert.equal(status, 0)
    const message = `seed ${seed}: ${words.join(' ')}\n${asked.join('\n')}\n${inOrder(asked, words)}`
    assert.equal(inOrder(asked, words), undefined, message)
    const bare = ran([...program, ...words]).asked
    assert.deepEqual(asked.filter(isOfProgram).map(deedOf), bare.map(deedOf), message)
  }
})

test('threads that run together each keep their order', options, () => {
  for (let round = 0; round < 5; round++) {
    const plan = planOf(
      [1, 0, 1].map((partition) => [1, partition, 0] as const),
      [2, 3].map((partition) => [1, partition, 0] as const),
    )
    const one = ['s1', ...Array<string[]>(60).fill(['k1', 'k2', 'k3', 'sync']).flat()]
    const other = Array<string[]>(60).fill(['k11', 'set', 'k12']).flat()
    const third = [
      's2',
      ...Array<string[]>(60).fill(['k21', 'mark', 'k22', 'k23', 'all', 'k24']).flat(),
    ]
    const { status, asked } = ran(['script', 'proc', ...one, '+', ...other, '+', ...third], plan)
    assert.equal(status, 0)
    const before = happenedBefore(asked)
    const latest = ['', '', '']
    const latestAt = [-1, -1, -1]
    asked.forEach((line, at) => {
      const kernel = Number(/^kernel (\d+)/.exec(line)?.[1] ?? Number.NaN)
      if (Number.isNaN(kernel)) return
      const thread = Math.floor(kernel / 10)
      const earlier = latestAt[thread]
      if (earlier >= 0)
        assert.ok(before[at] & (1n << BigInt(earlier)), `${line} after ${latest[thread]}`)
      latest[thread] = line
      latestAt[thread] = at
    })
    assert.deepEqual(
      latest.map((line) => line.split(' on ')[0]),
      ['kernel 3', 'kernel 12', 'kernel 24'],
    )
    assert.match(asked.join('\n'), /^kernel [123] on 4,5,6,7#/m)
  }
})

function randomGroups(random: Random, kernels: number): Group[] {
  return Array.from(
    { length: kernels },
    () => [1, random.integer(POOL.length), random.integer(3)] as const,
  )
}

/** Requests of two models on several streams, with other things between and inside them. */
function randomWords(random: Random, lengths: readonly number[]): string[] {
  const words: string[] = []
  const streams = [0, 0, 1, 2, 8].slice(0, 1 + random.integer(5))
  const disturbance = random.integer(2) * 0.05 + 0.01
  for (let i = 0; i < 24; i++) {
    if (random.integer(3) === 0) words.push(`s${streams[random.integer(streams.length)]}`)
    const model = random.integer(8) ? 0 : 1
    for (let kernel = 1; kernel <= lengths[model]; kernel++) {
      words.push(`k${10 * model + kernel}`)
      if (random.uniform() < disturbance) words.push(DEEDS[random.integer(DEEDS.length)])
    }
    if (random.integer(2)) words.push('sync')
  }
  return words
}

/** Whether a line comes from the program, and not from the library itself. */
const isOfProgram = (line: string) => !/^(?:record|wait|idle) /.test(line)
/** What was done, wherever it was done: `kernel 3` for `kernel 3 at -2 on 0,1#1`. */
const deedOf = (line: string) => line.replace(/( at .*)? on .*/, '')

/**
 * What is out of order, or undefined if nothing is. Whatever the program put on one stream must be done in sequence.
 * The same holds for the default stream together with the streams that wait for it.
 */
function inOrder(asked: readonly string[], words: readonly string[]): string | undefined {
  const before = happenedBefore(asked)
  const lines = asked.flatMap((line, at) => (isOfProgram(line) ? [at] : []))
  const latest = new Map<string, number>()
  let stream = 's0'
  for (const word of words) {
    if (/^s\d|^own$/.test(word)) stream = word
    if (/^s\d|^(own|limit|reset|fork)$/.test(word)) continue
    const at = lines.shift()!
    for (const [other, earlier] of latest)
      if (isOrdered(other, stream, word) && !(before[at] & (1n << BigInt(earlier))))
        return `${asked[at]} before ${asked[earlier]}`
    latest.set(stream, at)
    if (word === 'end') latest.delete(stream)
    if (word === 'end') stream = 's0'
  }
  return undefined
}

function isOrdered(one: string, other: string, word: string): boolean {
  const waits = (name: string) => name === 's8' || name === 'own'
  if (word === 'all' || one === other) return true
  return (one === 's0' && waits(other)) || (waits(one) && other === 's0')
}

/** For each line, everything that was done before it, as bits, by the rules of streams and events. */
function happenedBefore(asked: readonly string[]): bigint[] {
  const before: bigint[] = []
  const tails = new Map<string, bigint>()
  const events = new Map<string, bigint>()
  let seenByHost = 0n
  const tailOf = (stream: string) => tails.get(stream) ?? 0n
  const waits = (stream: string) => stream.startsWith('blocking') || stream === 'own'
  asked.forEach((line, at) => {
    const [, what, event, stream] = /^(\w+)(?: (\d+))?(?: at \S+)?(?: on)? (\S+)$/.exec(line)!
    let mask = seenByHost | tailOf(stream)
    for (const [other, tail] of tails)
      if (
        (stream === 'default' && waits(other)) ||
        (waits(stream) && other === 'default') ||
        // The program may or may not know about pooled streams, whose lines begin with their granules.
        (stream === 'all' && /^[a-z]/.test(other))
      )
        mask |= tail
    if (what === 'wait' || what === 'await') mask |= events.get(event) ?? 0n
    before.push(mask)
    const done = mask | (1n << BigInt(at))
    if (what === 'record' || what === 'mark') events.set(event, done)
    if (what === 'idle' || what === 'sync') seenByHost |= done
    tails.set(stream, done)
  })
  return before
}

/** How `eclip run --plan` is called. */
function planned(words: readonly string[], program: readonly string[]) {
  writeFileSync(path('plan.json'), JSON.stringify(PLAN))
  const { LD_PRELOAD: _, ...env } = environment as NodeJS.ProcessEnv
  const all = [MAIN, 'run', '--plan', path('plan.json'), ...words, '--', ...program]
  return { all, env }
}

function eclip(words: readonly string[], program: readonly string[]) {
  rmSync(path('log'), { force: true })
  const { all, env } = planned(words, program)
  return spawnSync(process.execPath, all, { env, encoding: 'utf8' })
}

test('eclip run hands a plan over, and says what became of it', options, () => {
  const script = [path('script'), 'proc', ...requests(4)]
  const good = eclip(['--member', 'm0/8'], script)
  assert.equal(good.status, 0, good.stderr)
  const each = 'each with 2.0 switches, 2.0 barriers, 0.0 returns'
  assert.equal(good.stderr, `plan: 2 requests of m0/8, ${each}\nplan: 8 kernels ran anywhere\n`)
  assert.match(readFileSync(path('log'), 'utf8'), /^kernel 3 at -2 on 4,5,6,7#2$/m)
  assert.match(eclip([], [path('script'), 'proc', 'k1', 'sync', 'k1']).stderr, /mostly 1 kernels/)
  assert.match(eclip([], ['sh', '-c', 'exit 7']).stderr, /no program launched kernels/)
  assert.deepEqual(readdirSync(path('eclip/runs')), [])
  const wrong = eclip(['--member', 'm0/4'], script)
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^eclip: --member: expected one of m0\/8, .*, found "m0\/4"\n$/)
})

test('the next run removes what a killed run of a plan left behind', options, async () => {
  const { all, env } = planned([], ['sh', '-c', 'echo up $$; exec sleep 60'])
  const child = spawn(process.execPath, all, { env })
  const [said] = await once(child.stdout, 'data')
  const program = Number(/up (\d+)/.exec(`${said}`)?.[1])
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  assert.ok(isRunning(program))
  assert.equal(readdirSync(path('eclip/runs')).length, 2)
  assert.equal(eclip([], ['true']).status, 0)
  assert.ok(!isRunning(program))
  assert.deepEqual(readdirSync(path('eclip/runs')), [])
})
