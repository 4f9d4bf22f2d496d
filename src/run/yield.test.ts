/**
 * Programs at levels, and programs that yield to them, on a driver without a GPU and with
 * a clock that only moves in sleeps.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { nativeLibrary } from '../binding/native-library.js'
import { createRandom } from '../random.js'
import { compileFakeDriver, compileTest, withCompiler } from './fake-cuda.test.fixture.js'
import { LiveSettings } from './live-settings.js'

const START_US = 20_000_000
/**
 * As in `native/busy.c`: how long a program counts as busy after a launch, and
 * after it has waited for all launches.
 */
const FORGOTTEN_US = 100_000
const MOMENT_US = 200
/** As in `native/yield.c`. */
const LONG_US = 100_000
const LONGEST_US = 200_000
const FREE_US = 1000
const TURN_US = 5000
const POLL_US = 50
const LATELY_US = 10_000_000
const ENDLESS_US = 2 ** 40

const folder = mkdtempSync(join(tmpdir(), 'eclip-yield-'))
const path = (name: string) => join(folder, name)
const [clock, page, log] = ['clock', 'busy', 'log'].map(path)
after(() => rmSync(folder, { recursive: true }))

let library: string
before(() => {
  if (withCompiler.skip) return
  library = nativeLibrary().file
  compileFakeDriver(folder)
  compileTest(path('turns'), 'turns.c')
  compileTest(path('clock.so'), 'fake-clock.c', '-shared', '-fPIC')
})
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
beforeEach(() => {
  setClock(START_US)
  rmSync(page, { force: true })
})

function setClock(us: number): void {
  const word = Buffer.alloc(8)
  word.writeBigInt64LE(BigInt(us))
  writeFileSync(clock, word)
}

interface Other {
  readonly untilUs: number
  readonly level: number
}

/** Makes others busy until one time, and lets the last held program go on at another. */
function setBusy(others: readonly Other[], turnUs = 0): void {
  const slots = Buffer.alloc(4096)
  slots.writeBigInt64LE(BigInt(turnUs), 4096 - 64)
  slots.writeInt32LE(others.length + 1, 4096 - 56)
  others.forEach(({ untilUs, level }, i) => {
    slots.writeBigInt64LE((BigInt(untilUs) << 6n) | BigInt(level), 64 * (i + 1))
  })
  writeFileSync(page, slots)
}

function environmentOf(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LD_LIBRARY_PATH: folder,
    LD_PRELOAD: `${path('clock.so')}:${library}`,
    CUDA_MPS_PIPE_DIRECTORY: folder,
    FAKE_CLOCK: clock,
    FAKE_CUDA_LOG: log,
    ...more,
  }
}

interface Ran {
  /** After each step, in µs since the start. */
  readonly timesUs: readonly number[]
  /**
   * What the page showed of the first program: the time until which it is busy
   * after that step, in µs, and its level.
   */
  readonly shown: readonly string[]
  /** What the driver was asked to launch, node by node. */
  readonly launched: readonly string[]
  readonly asked: readonly string[]
  readonly stderr: string
}

/** Runs a program that does some steps (`native/tests/turns.c`). */
function ran(steps: readonly string[], more: NodeJS.ProcessEnv): Ran {
  writeFileSync(log, '')
  const done = spawnSync(path('turns'), steps, {
    env: environmentOf(more),
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.equal(done.status, 0, done.stderr)
  const asked = readFileSync(log, 'utf8').trim().split('\n')
  return { ...parsed(done.stdout), asked, launched: asked.flatMap(nodesOf), stderr: done.stderr }
}

function parsed(stdout: string): Pick<Ran, 'timesUs' | 'shown'> {
  const lines = stdout.trim().split('\n')
  const timesUs = lines.map((line) => Number(line.split(' ').at(-1)))
  const shown = lines.flatMap((line, i) => {
    const [, until, level] = /^(\d+)\/(\d+) /.exec(line) ?? []
    return until === undefined ? [] : `${Number(until) - timesUs[i]}/${level}`
  })
  return { timesUs: timesUs.map((us) => us - START_US), shown }
}

function nodesOf(line: string): string[] {
  const [, nodes, stream] = /^graph (.*) on (\w+)$/.exec(line) ?? []
  if (nodes !== undefined) return nodes.split(' ').map((node) => `${node} on ${stream}`)
  return /^(?:kernel|plain)/.test(line) ? [line] : []
}

const BUSY = `${FORGOTTEN_US}/5`
const IDLE = `${MOMENT_US}/5`

test(
  'a program is busy from a launch until it knows that all launches have ended',
  withCompiler,
  () => {
    for (const [steps, expected] of [
      ['k', BUSY],
      ['g', BUSY],
      ['k s', IDLE],
      ['g2 s2', IDLE],
      ['k w1000 s', IDLE],
      ['k w60000', '40000/5'],
      ['k1 s2', BUSY],
      ['k1 k2 s1', BUSY],
      ['k1 k2 s1 s2', IDLE],
      ['k1 k2 k c', IDLE],
      ['k1 q1', IDLE],
      ['k1 r1 e', IDLE],
      ['k1 r1 a', IDLE],
      ['k1 r1 k1 e', BUSY],
      ['k1 r2 e', BUSY],
      ['k d', IDLE],
      ['k1 d', BUSY],
      // Launches that nobody waits for are forgotten.
      ['k1 w100001 k2 s2', IDLE],
    ]) {
      rmSync(page, { force: true })
      setClock(START_US)
      const { shown } = ran([...steps.split(' '), 'p'], { ECLIP_PRIORITY: '5' })
      assert.deepEqual(shown, [expected], steps)
    }
  },
)

test(
  'an event that has not come ends nothing, and without a level nobody is told',
  withCompiler,
  () => {
    const environment = { ECLIP_PRIORITY: '5', FAKE_CUDA_LOOKS: '1' }
    assert.deepEqual(ran(['k', 'r', 'a', 'p', 'a', 'p'], environment).shown, [BUSY, IDLE])
    rmSync(page)
    assert.deepEqual(ran(['k', 'p'], { ECLIP_YIELD: '1' }).shown, [`${-START_US}/0`])
  },
)

test(
  'a program is held while one of a higher level is busy, and not by others',
  withCompiler,
  () => {
    const others = [
      { untilUs: START_US + 30_000, level: 5 },
      { untilUs: START_US + 20_000, level: 6 },
      { untilUs: ENDLESS_US, level: 2 },
    ]
    const heldUntil = (more: NodeJS.ProcessEnv) => {
      setClock(START_US)
      setBusy(others)
      // The very first launch is never held.
      return ran(['k', `w${FREE_US}`, 'k', 'k'], more).timesUs.slice(2)
    }
    const at = (us: number) => [us, us]
    assert.deepEqual(heldUntil({ ECLIP_YIELD: '1', ECLIP_PRIORITY: '2' }), at(30_000))
    assert.deepEqual(heldUntil({ ECLIP_YIELD: '1', ECLIP_PRIORITY: '5' }), at(20_000))
    assert.deepEqual(heldUntil({ ECLIP_YIELD: '1', ECLIP_PRIORITY: '6' }), at(FREE_US))
    assert.deepEqual(heldUntil({ ECLIP_YIELD: '0', ECLIP_PRIORITY: '2' }), at(FREE_US))
    assert.deepEqual(heldUntil({ ECLIP_PRIORITY: '2' }), at(FREE_US))
    // Without a level, a program has the lowest one.
    others.pop()
    assert.deepEqual(heldUntil({ ECLIP_YIELD: '1' }), at(30_000))
  },
)

test('a program that is held all the time has a hundredth of the time', withCompiler, () => {
  setBusy([{ untilUs: ENDLESS_US, level: 1 }])
  const steps = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 'k' : 'w10'))
  const { timesUs } = ran(steps, { ECLIP_YIELD: '1' })
  const launches = timesUs.filter((_, i) => i % 2 === 0)
  const begun = launches.filter((us, i) => i === 0 || us - launches[i - 1] > FREE_US)
  assert.equal(begun.length, 5)
  begun.forEach((us, i) => {
    if (i > 0) assert.equal(us - begun[i - 1], LONG_US + FREE_US)
  })
})

test(
  'nobody is held for longer than a tenth of a second, and everything is launched in order',
  withCompiler,
  () => {
    const random = createRandom(17)
    for (let round = 0; round < 30; round++) {
      const others = Array.from({ length: 3 }, () => ({
        untilUs: START_US + random.integer(500_000),
        level: random.integer(8),
      }))
      const steps = Array.from({ length: 60 }, () => {
        const kind = random.integer(4)
        if (kind === 0) return `w${random.integer(20_000)}`
        return `${kind === 1 ? 'g' : 'k'}${random.integer(3)}`
      })
      const level = random.integer(8)
      const environment = {
        ECLIP_PRIORITY: `${level}`,
        NODES: `${1 + random.integer(32)}`,
        ...(random.integer(2) === 0 && { FAKE_CUDA_BACKWARDS: '1' }),
        FAKE_CUDA_LOOKS: `${random.integer(5)}`,
      }
      setBusy([])
      setClock(START_US)
      const free = ran(steps, environment)
      setBusy(others)
      setClock(START_US)
      const { timesUs, launched } = ran(steps, { ...environment, ECLIP_YIELD: '1' })
      assert.deepEqual(launched, free.launched)
      const untilUs = Math.max(0, ...others.map((one) => (one.level > level ? one.untilUs : 0)))
      steps.forEach((step, i) => {
        const beganUs = i === 0 ? 0 : timesUs[i - 1]
        const tookUs = timesUs[i] - beganUs
        // Looking at an event that has not come takes some time, too.
        const looksUs = 5 * POLL_US
        if (step.startsWith('k'))
          assert.ok(tookUs <= LONG_US + POLL_US + looksUs, `${step} ${tookUs}`)
        if (!step.startsWith('w') && beganUs + START_US >= untilUs)
          assert.ok(tookUs <= 4 * looksUs, `${step} ${tookUs}`)
        if (!step.startsWith('w') && untilUs === 0) assert.equal(tookUs, 0)
      })
    }
  },
)

const graphsOf = ({ asked }: Ran) => asked.filter((line) => /^graph|waits$/.test(line))
const graph = (nodes: number) => `graph${' 0@whole/0'.repeat(nodes)} on whole`

test('graphs are launched in parts if there is somebody to yield to', withCompiler, () => {
  const environment = { ECLIP_YIELD: '1', NODES: '20' }
  const steps = ['g1', 'g1', 'g2', 'g2']
  const inParts = [graph(8), graph(8), graph(4)]
  for (const more of [{}, { FAKE_CUDA_BACKWARDS: '1' }, { FAKE_CUDA_OLD: '1' }]) {
    setBusy([{ untilUs: START_US, level: 1 }])
    const { stderr, ...seen } = ran(steps, { ...environment, ...more })
    // A graph does not run beside itself: on another stream, it waits for its parts.
    assert.deepEqual(graphsOf({ stderr, ...seen }), [
      graph(20),
      ...inParts,
      'whole waits',
      graph(20),
      ...inParts,
    ])
    assert.equal(stderr, '')
  }
  setBusy([{ untilUs: START_US - LATELY_US, level: 1 }])
  assert.deepEqual(graphsOf(ran(steps, environment)), Array(4).fill(graph(20)))
})

test('a graph that cannot be split is launched as a whole', withCompiler, () => {
  setBusy([{ untilUs: START_US, level: 1 }])
  const environment = { ECLIP_YIELD: '1', NODES: '20', FAKE_CUDA_CIRCLE: '1' }
  const seen = ran(['g1', 'g1'], environment)
  assert.deepEqual(graphsOf(seen), [graph(20), graph(20)])
  assert.match(seen.stderr, /^eclip: some graphs cannot be taken apart: [^\n]+\n$/)
})

test('few kernels are in the queues while there is somebody to yield to', withCompiler, () => {
  const steps = Array(100).fill('k')
  const environment = { ECLIP_YIELD: '1', FAKE_CUDA_LOOKS: '12' }
  const waitsOf = () => {
    setClock(START_US)
    const { timesUs } = ran(steps, environment)
    return timesUs.flatMap((us, i) => (us > (timesUs[i - 1] ?? 0) ? i : []))
  }
  setBusy([{ untilUs: START_US, level: 1 }])
  // Each wait is long, so the next one comes after half as many kernels.
  assert.deepEqual(waitsOf().slice(0, 6), [32, 40, 44, 46, 47, 48])
  setBusy([{ untilUs: START_US - LATELY_US, level: 1 }])
  assert.deepEqual(waitsOf(), [])
})

test('an event that never comes is waited for at most a tenth of a second', withCompiler, () => {
  setBusy([{ untilUs: START_US, level: 1 }])
  const environment = { ECLIP_YIELD: '1', FAKE_CUDA_LOOKS: '1000000000' }
  const { timesUs } = ran(Array(40).fill('k'), environment)
  assert.equal(
    timesUs.findIndex((us) => us > 0),
    32,
  )
  assert.equal(timesUs[32], LONG_US)
})

test('of the programs that are held, one goes on at a time', withCompiler, () => {
  const heldUs = (turnUs: number) => {
    setClock(START_US)
    setBusy([{ untilUs: ENDLESS_US, level: 1 }], turnUs)
    const { timesUs } = ran(['k', `w${FREE_US}`, 'k', 'k'], { ECLIP_YIELD: '1' })
    assert.equal(timesUs[3], timesUs[2])
    return timesUs[2] - FREE_US
  }
  const dueUs = START_US + FREE_US + LONG_US
  assert.equal(heldUs(0), LONG_US)
  assert.equal(heldUs(dueUs - 2000), LONG_US + TURN_US - 2000)
  assert.equal(heldUs(ENDLESS_US), LONGEST_US)
})

test('launches that are only captured are not held', withCompiler, () => {
  setBusy([{ untilUs: ENDLESS_US, level: 1 }])
  const steps = ['k1', `w${FREE_US}`, 'b1', 'k1', 'k1', 'E1', 'k1']
  const { timesUs } = ran(steps, { ECLIP_YIELD: '1' })
  assert.deepEqual(timesUs.slice(2), [...Array(4).fill(FREE_US), FREE_US + LONG_US])
})

/** Starts a program whose steps have an `i`, and waits until it is there. */
async function started(steps: readonly string[], more: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(path('turns'), steps, { env: environmentOf(more) })
  children.push(child)
  await once(child.stdout!, 'data')
  return child
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test(
  'programs that were killed hold nobody, and leave their place to others',
  withCompiler,
  async () => {
    const high = { ECLIP_PRIORITY: '5' }
    const first = await started(['k', 'i'], high)
    setClock(START_US + 50_000)
    // While the program runs, another one has a place of its own.
    assert.deepEqual(ran(['k', 'p'], high).shown, [`${FORGOTTEN_US - 50_000}/5`])
    await killed(first)
    setClock(START_US + 60_000)
    const { timesUs } = ran(['k', `w${FREE_US}`, 'k', 'k'], { ECLIP_YIELD: '1' })
    // The other program launched last.
    assert.deepEqual(timesUs.slice(2), [50_000 + FORGOTTEN_US, 50_000 + FORGOTTEN_US])
    assert.deepEqual(ran(['k', 'p'], high).shown, [BUSY])
  },
)

test('graphs are launched in parts from the moment a program yields', withCompiler, async () => {
  for (const before of [{ ECLIP_PRIORITY: '0' }, { ECLIP_YIELD: '0' }]) {
    setClock(START_US)
    setBusy([{ untilUs: START_US, level: 1 }])
    writeFileSync(log, '')
    const live = new LiveSettings(path('live'))
    const environment = { ...before, NODES: '20', ...live.environment }
    const child = await started(['g1', 'i', 'g1', 'g1'], environment)
    live.change({ yields: true, ...('ECLIP_PRIORITY' in before && { priority: 0 }) })
    const ended = once(child, 'close')
    child.stdin!.end('\n')
    assert.deepEqual(await ended, [0, null])
    const asked = readFileSync(log, 'utf8').split('\n')
    const launched = asked.filter((line) => line.startsWith('graph'))
    // The streams where a graph was launched before are known from the first launch on.
    assert.deepEqual(launched, [graph(20), graph(20), graph(8), graph(8), graph(4)])
  }
})

test('whether a program yields can change while it runs', withCompiler, async () => {
  for (const [before, change, heldUs] of [
    [{ ECLIP_YIELD: '0' }, { yields: true }, LONG_US],
    [{ ECLIP_PRIORITY: '0' }, { yields: true, priority: 0 }, LONG_US],
    [{ ECLIP_YIELD: '1' }, { yields: false }, 0],
  ] as const) {
    setClock(START_US)
    setBusy([{ untilUs: ENDLESS_US, level: 1 }])
    const live = new LiveSettings(path('live'))
    const steps = ['k', 'i', 'k', `w${FREE_US}`, 'k']
    const child = await started(steps, { ...before, ...live.environment })
    let stdout = ''
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    live.change(change)
    const ended = once(child, 'close')
    child.stdin!.end('\n')
    await ended
    const [, , last] = parsed(stdout).timesUs.slice(-3)
    assert.equal(last, FREE_US + heldUs)
  }
})
