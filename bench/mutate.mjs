// Mutation testing of the core: which of a sample of small changes do the tests of a room notice?
// npm run build && node bench/mutate.mjs [mutants per room: 25] [seed: 1] [room,room]
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../dist/random.js'
import { mutationsOf } from './mutation/operators.mjs'

/** By room: what is changed, and whose tests must notice; paths or folders below `dist`. */
const ROOMS = {
  optimizer: { change: ['policy/eclip.js', 'policy/solver/'], tests: ['policy/'] },
  dispatch: { change: ['simulate/engine/'], tests: ['simulate/'] },
  contention: { change: ['simulate/model/'], tests: ['simulate/'] },
  schedulers: { change: ['schedule/'], tests: ['schedule/'] },
  partitioners: {
    change: ['mig/partitioners/', 'mig/paris.js', 'mig/rounding.js', 'mig/nearest-counts.js'],
    tests: ['mig/'],
  },
  metrics: {
    change: ['simulate/metrics.js', 'simulate/result.js'],
    tests: ['simulate/'],
  },
}
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const [count = '25', seed = '1', rooms = Object.keys(ROOMS).join()] = process.argv.slice(2)

// The built program is changed in a copy, so that nothing else is disturbed.
const scratch = mkdtempSync(join(tmpdir(), 'eclip-mutate-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))
process.on('SIGINT', () => process.exit(130))
cpSync(join(ROOT, 'dist'), join(scratch, 'dist'), { recursive: true })
for (const name of ['data', 'node_modules', 'package.json', 'src']) {
  symlinkSync(join(ROOT, name), join(scratch, name))
}
const dist = join(scratch, 'dist')
const FILES = readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.js'))
const isTest = (path) => path.endsWith('.test.js')
const below = (path, places) => places.some((place) => path.startsWith(place))
const textOf = (path) => readFileSync(join(dist, path), 'utf8')

/** Runs a test file; how it ended, and how long it took. */
function run(test, timeout) {
  const from = Date.now()
  const { status, error } = spawnSync(process.execPath, [join(dist, test)], {
    stdio: 'ignore',
    timeout,
  })
  return { passed: status === 0, timedOut: error?.code === 'ETIMEDOUT', ms: Date.now() - from }
}

/** Every module that a file imports, directly or not, itself included. */
function importedBy(path, seen = new Set()) {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, from] of textOf(path).matchAll(/from '(\.[^']+)'/g)) {
    importedBy(normalize(join(dirname(path), from)), seen)
  }
  return seen
}

/** Where a place in a built file is in the source: `schedule/elsa.ts:31`. */
function sourcePlace(path, offset) {
  const map = new SourceMap(JSON.parse(readFileSync(join(dist, `${path}.map`), 'utf8')))
  const lines = textOf(path).slice(0, offset).split('\n')
  const entry = map.findEntry(lines.length - 1, lines.at(-1).length)
  return `${path.replace(/js$/, 'ts')}:${entry.originalLine + 1}`
}

/** Whether a test fails, ends otherwise, or takes far longer than it should. */
function isKilled(path, mutation, tests) {
  const source = textOf(path)
  const { start, end, text } = mutation
  writeFileSync(join(dist, path), source.slice(0, start) + text + source.slice(end))
  const noticed = tests.find(({ test, ms }) => !run(test, 10_000 + 5 * ms).passed)
  writeFileSync(join(dist, path), source)
  return noticed !== undefined
}

const random = createRandom(Number(seed))
let killedInAll = 0
let triedInAll = 0
for (const room of rooms.split(',')) {
  const { change, tests } = ROOMS[room]
  const own = FILES.filter((path) => isTest(path) && below(path, tests))
  const timed = own.map((test) => ({ test, imports: importedBy(test), ...run(test, 600_000) }))
  const failing = timed.filter(({ passed }) => !passed)
  if (failing.length > 0) {
    console.error(`fails without any change: ${failing.map(({ test }) => test).join(', ')}`)
    process.exit(1)
  }
  const all = FILES.filter(
    (path) => below(path, change) && !/\.test\.|\/testing\./.test(path),
  ).flatMap((path) => mutationsOf(textOf(path)).map((mutation) => ({ path, mutation })))
  const sample = all.map((mutant) => ({ mutant, key: random.uniform() }))
  const chosen = sample.sort((a, b) => a.key - b.key).slice(0, Number(count))
  let killed = 0
  for (const {
    mutant: { path, mutation },
  } of chosen) {
    const named = path.replace(/js$/, 'test.js')
    const concerned = timed
      .filter(({ imports }) => imports.has(path))
      .sort((a, b) => (b.test === named) - (a.test === named) || a.ms - b.ms)
    if (isKilled(path, mutation, concerned)) killed++
    else {
      const was = textOf(path).slice(mutation.start, mutation.end).split('\n')[0]
      console.log(`  survived: ${sourcePlace(path, mutation.start)}  ${was}  ->  ${mutation.text}`)
    }
  }
  console.log(`${room.padEnd(13)} ${killed} of ${chosen.length} killed (${all.length} there are)`)
  killedInAll += killed
  triedInAll += chosen.length
}
console.log(
  `all           ${killedInAll} of ${triedInAll}: ${((100 * killedInAll) / triedInAll).toFixed(0)}%`,
)
