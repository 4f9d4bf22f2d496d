import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Change, Held, Starts } from './change.js'
import { HeldTerms, limitsOf } from './held-terms.js'

const folder = mkdtempSync(join(tmpdir(), 'eclip-held-'))
const outside = process.env.XDG_RUNTIME_DIR
process.env.XDG_RUNTIME_DIR = folder
after(() => {
  if (outside === undefined) delete process.env.XDG_RUNTIME_DIR
  else process.env.XDG_RUNTIME_DIR = outside
  rmSync(folder, { recursive: true })
})

let files = 0

/** A program's terms, and what its settings file tells its library: priority, yielding, granules. */
function heldTerms(held: Held, starts: Starts = 'again') {
  const file = join(folder, `settings-${files++}`)
  const terms = new HeldTerms(held, starts, file)
  // The library maps the file as a whole, before anything is written to it.
  assert.equal(readFileSync(file).length, 4096)
  let last = 0
  /** Called after changes: from an even count that has grown, readers tell that the values are other ones, and whole. */
  const live = (): [number, number, string] => {
    const bytes = readFileSync(file)
    const count = bytes.readUInt32LE(0)
    assert.ok(count > last && count % 2 === 0, `${count} after ${last}`)
    last = count
    assert.equal(bytes.length, 4096)
    const text = bytes.toString('utf8', 12)
    return [bytes.readInt32LE(4), bytes.readInt32LE(8), text.slice(0, text.indexOf('\0'))]
  }
  const change = (asked: Partial<Change>) =>
    terms.change({ program: 'a', restart: false, ...asked })
  return { terms, file, live, change }
}

/** Of an environment, what MPS and the library take as limits. */
function limits(environment: Readonly<Record<string, string>>) {
  const { CUDA_MPS_ACTIVE_THREAD_PERCENTAGE: share, CUDA_MPS_CLIENT_PRIORITY: low } = environment
  const { ECLIP_PRIORITY: priority, ECLIP_YIELD: yields, ECLIP_GRANULES: granules } = environment
  return Object.fromEntries(
    Object.entries({ share, low, priority, yields, granules }).filter(([, value]) => value),
  )
}

test('the environment has each limit that a program is held to, and no other', () => {
  const cases: [Held, Record<string, string>][] = [
    [{}, { share: '100' }],
    [{ share: { percent: 25.5 } }, { share: '25' }],
    [{ priority: 'low' }, { share: '100', low: '1' }],
    [{ priority: 'normal' }, { share: '100' }],
    [{ priority: 0 }, { share: '100', priority: '0' }],
    [{ yields: false }, { share: '100', yields: '0' }],
    [
      { yields: true, priority: 3 },
      { share: '100', priority: '3', yields: '1' },
    ],
    [{ granules: '0-7,8' }, { granules: '0-7,8' }],
  ]
  for (const [held, expected] of cases) assert.deepEqual(limits(limitsOf(held)), expected)
  const isPreloaded = (held: Held) => 'LD_PRELOAD' in limitsOf(held)
  assert.deepEqual([{ priority: 0 }, { yields: false }].map(isPreloaded), [true, true])
  assert.deepEqual([{}, { priority: 'low' } as const].map(isPreloaded), [false, false])
  const ranges = (granules: string) => 'NVTX_INJECTION64_PATH' in limitsOf({ granules })
  assert.deepEqual(['nvtx:a=0,b=1', 'a=0,nvtx:b=1', 'a=0,b=1'].map(ranges), [true, true, false])
  assert.match(limitsOf({ memoryBytes: 2 ** 30 }).CUDA_MPS_PINNED_DEVICE_MEM_LIMIT, /^0=1024M/)
})

test('what holds from the next start is shown as such until then, and is gathered', () => {
  const { terms, file, live, change } = heldTerms({ share: { percent: 60 }, priority: 5 })
  assert.deepEqual(limits(terms.takeForStart()), { share: '60', priority: '5' })
  assert.equal(terms.takeForStart().ECLIP_SETTINGS, file)
  assert.deepEqual([terms.isStartDue, terms.shown], [false, { sharePercent: 60, priority: 5 }])
  assert.deepEqual(change({ share: '25%' }), {
    said: [
      'a: share 25% from its next start: MPS fixes a share when a program starts (--restart starts it now)',
    ],
    isWhole: true,
  })
  // A level holds now, and from the next start as well.
  assert.deepEqual(change({ priority: '2' }), {
    said: ['a: priority 2 from the next launch'],
    isWhole: true,
  })
  assert.deepEqual(live(), [2, -1, ''])
  const next = { sharePercent: 25, priority: 2 }
  assert.deepEqual([terms.isStartDue, terms.shown], [true, { sharePercent: 60, priority: 2, next }])
  assert.deepEqual(limits(terms.takeForStart()), { share: '25', priority: '2' })
  assert.deepEqual([terms.isStartDue, terms.shown], [false, next])
})

test('of one change, parts may hold now and others from the next start', () => {
  const { terms, live, change } = heldTerms({ priority: 5 })
  change({ share: '25%', priority: '2' })
  assert.deepEqual(live(), [2, -1, ''])
  const next = { sharePercent: 25, priority: 2 }
  assert.deepEqual(terms.shown, { sharePercent: 100, priority: 2, next })
})

test('a change that holds now is in the environment of later starts, too', () => {
  const { terms, live, change } = heldTerms({ priority: 1, yields: false })
  assert.deepEqual(change({ yield: 'on', priority: 'high' }).isWhole, true)
  assert.equal(terms.isStartDue, false)
  assert.deepEqual(live(), [63, 1, ''])
  assert.deepEqual(limits(terms.takeForStart()), { share: '100', priority: '63', yields: '1' })
})

test('settings are renewed at the start that applies what was put off', () => {
  const { terms, live, change } = heldTerms({ priority: 5 })
  change({ priority: 'low' })
  assert.deepEqual(live(), [5, -1, ''])
  terms.takeForStart()
  assert.deepEqual(live(), [-1, -1, ''])
})

test('what cannot be is not done, and the rest is', () => {
  const { terms, live, change } = heldTerms({ granules: 'a=0-7,b=8' })
  const answer = change({ granules: 'a=0,b=1', share: '25%' })
  assert.deepEqual(answer, {
    said: [
      'a: share 25% is not set: it runs on granules, without MPS',
      'a: granules a=0,b=1 for new streams and graphs; those that are there stay where they are',
    ],
    isWhole: false,
  })
  assert.deepEqual(live(), [-1, -1, 'a=0,b=1'])
  assert.deepEqual(terms.shown, { granules: 'a=0,b=1', priority: 'normal' })
  assert.deepEqual(limits(terms.takeForStart()), { granules: 'a=0,b=1' })
})

test('a program that nobody starts again is only told what holds now', () => {
  const { terms, change } = heldTerms({}, 'once')
  assert.deepEqual(change({ share: '25%' }), {
    said: ['a: share 25% is not set: MPS fixes a share when a program starts'],
    isWhole: false,
  })
  assert.equal(terms.isStartDue, false)
})

test('who asks for a restart is told that it follows', () => {
  const { change } = heldTerms({})
  assert.deepEqual(change({ share: '25%', restart: true }).said, [
    'a: share 25% with the start that follows',
  ])
})

test('a share in compute units where no GPU tells how many there are changes nothing', (t) => {
  const { terms, change } = heldTerms({ priority: 1 })
  try {
    change({ share: '64', priority: '2' })
    t.skip('there is a GPU')
  } catch {
    assert.deepEqual([terms.isStartDue, terms.shown], [false, { sharePercent: 100, priority: 1 }])
  }
})
