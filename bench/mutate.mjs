// Mutation testing of the core: which of a sample of small changes do the tests of a room notice?
// npm run build && node bench/mutate.mjs [mutants per room: 25] [seed: 1] [room,room]
// A room may also be a module below dist, such as run/program.js, which its own test tries, or a folder with its tests.
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

const inServe = (name) => `serve/${name}`
const inBackend = (name) => inServe(`backend/${name}`)
const inPlanning = (name) => inServe(`planning/${name}`)
const inRun = (name) => `run/${name}`

/** Modules beside the rooms. */
const BASICS = [
  ...['alarm', 'closest', 'content-lines', 'errors', 'event-queue', 'maps', 'numbers', 'printable'],
  ...['quantities', 'random', 'registry', 'within'],
]

/** For each room, what is changed, and whose tests must notice; paths or folders below `dist`. */
const ROOMS = {
  optimizer: { change: ['policy/eclip.js', 'policy/solver/'], tests: ['policy/'] },
  policies: { change: ['policy/'], tests: ['policy/'] },
  dispatch: { change: ['simulate/engine/'], tests: ['simulate/'] },
  contention: { change: ['simulate/model/'], tests: ['simulate/'] },
  schedulers: { change: ['schedule/'], tests: ['schedule/'] },
  serving: { change: ['schedule/serving/'], tests: ['schedule/serving/'] },
  partitioners: {
    change: ['mig/partitioners/', 'mig/paris.js', 'mig/rounding.js', 'mig/nearest-counts.js'],
    tests: ['mig/'],
  },
  metrics: {
    change: ['simulate/metrics.js', 'simulate/result.js'],
    tests: ['simulate/'],
  },
  size: { change: ['size/'], tests: ['size/'] },
  plan: { change: ['plan/'], tests: ['plan/'] },
  profile: { change: ['profile/'], tests: ['profile/', 'io/trace.test.js'] },
  evaluate: { change: ['evaluate/'], tests: ['evaluate/'] },
  mig: { change: ['mig/'], tests: ['mig/'] },
  device: { change: ['device/'], tests: ['device/'] },
  workload: { change: ['workload/'], tests: ['workload/'] },
  validate: { change: ['validate/'], tests: ['validate/'] },
  tensors: { change: ['serve/tensors/'], tests: ['serve/tensors/'] },
  grpc: { change: ['serve/grpc/'], tests: ['serve/grpc/'] },
  reproduce: { change: ['reproduce/'], tests: ['reproduce/'] },
  report: { change: ['report/'], tests: ['report/'] },
  basics: {
    change: BASICS.map((name) => `${name}.js`),
    tests: BASICS.map((name) => `${name}.test`),
  },
  // The rooms below also start programs and servers, so only the parts and tests that do not are listed.
  serve: {
    change: [
      ...['active-plan', 'admission-control', 'device-use', 'pace', 'recent-work'].map(inBackend),
      ...['simulated-power', 'tenant-quota'].map(inBackend),
      ...['memory-budget', 'turns'].map(inServe),
    ],
    tests: [
      ...['device-use', 'pace', 'plan-backend', 'recent-work', 'simulated-power'].map(inBackend),
      ...['tenant-quota'].map(inBackend),
      ...['memory-budget', 'overload', 'turns'].map(inServe),
    ],
  },
  telemetry: { change: ['serve/telemetry/'], tests: ['serve/telemetry/'] },
  replanning: {
    change: [
      ...['drift', 'forecast', 'recent-arrivals', 'replanner', 'shortfall'].map(inPlanning),
      ...['slowdown', 'target-counts'].map(inPlanning),
    ],
    tests: [
      ...['drift', 'forecast', 'recent-arrivals', 'replanner', 'shortfall'].map(inPlanning),
      ...['slowdown'].map(inPlanning),
    ],
  },
  load: { change: ['load/'], tests: ['load/'] },
  requests: {
    change: ['torch/slot-memory.js', 'torch/plan-request.js', 'torch/model-request.js'],
    tests: ['torch/slot-memory', 'torch/model-request', 'bench/bench.test.js'],
  },
  grants: {
    change: [
      ...['change', 'granule-list', 'held-terms', 'live-settings', 'mps-terms', 'plan-'],
      ...['process-table', 'program-use', 'programs-file', 'share'],
    ].map(inRun),
    tests: [
      ...['change', 'held-terms', 'plan-table', 'process-table', 'program-use', 'programs-file'],
      ...['share', 'terms'],
    ].map(inRun),
  },
  // The programs of these tests are shells, which come up at once.
  supervision: {
    change: ['foreground', 'program.js', 'restart', 'run-state', 'supervise'].map(inRun),
    tests: ['foreground', 'program.test', 'restart', 'run-state', 'supervise'].map(inRun),
  },
}
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const [count = '25', seed = '1', rooms = Object.keys(ROOMS).join()] = process.argv.slice(2)

// A copy of the built program is changed, so that nothing else is disturbed.
const scratch = mkdtempSync(join(tmpdir(), 'eclip-mutate-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))
process.on('SIGINT', () => process.exit(130))
cpSync(join(ROOT, 'dist'), join(scratch, 'dist'), { recursive: true })
for (const name of ['data', 'docs', 'native', 'node_modules', 'package.json', 'src']) {
  symlinkSync(join(ROOT, name), join(scratch, name))
}
const dist = join(scratch, 'dist')
const FILES = readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.js'))
const isTest = (path) => path.endsWith('.test.js')
const isForTests = (path) => /\.test\./.test(path)
const isGenerated = (path) => path.endsWith('_pb.js')
const below = (path, places) => places.some((place) => path.startsWith(place))
const textOf = (path) => readFileSync(join(dist, path), 'utf8')

/** What is changed in a room, and its tests. */
function partsOf(room) {
  return ROOMS[room] ?? { change: [room], tests: [room.replace(/js$/, 'test')] }
}

/** Runs a test file. Returns whether it passed, and how long it took. */
function run(test, timeout) {
  const from = Date.now()
  // A test that a change has sent round in circles may not heed any gentler signal.
  const limits = { timeout, killSignal: 'SIGKILL' }
  const { status } = spawnSync(process.execPath, [join(dist, test)], { stdio: 'ignore', ...limits })
  return { passed: status === 0, ms: Date.now() - from }
}

/** Every module that a file imports, directly or indirectly, including the file itself. */
function importedBy(path, seen = new Set()) {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, from] of textOf(path).matchAll(/from '(\.[^']+)'/g)) {
    importedBy(normalize(join(dirname(path), from)), seen)
  }
  return seen
}

/** The place in the source for a place in a built file: `schedule/partitions/elsa.ts:31`. */
function sourcePlace(path, offset) {
  const map = new SourceMap(JSON.parse(readFileSync(join(dist, `${path}.map`), 'utf8')))
  const lines = textOf(path).slice(0, offset).split('\n')
  const entry = map.findEntry(lines.length - 1, lines.at(-1).length)
  return `${path.replace(/js$/, 'ts')}:${entry.originalLine + 1}`
}

/** Whether a test fails, ends in another way, or takes far longer than it should. */
function isKilled(path, mutation, tests) {
  const source = textOf(path)
  const { start, end, text } = mutation
  writeFileSync(join(dist, path), source.slice(0, start) + text + source.slice(end))
  const noticed = tests.find(({ test, ms }) => !run(test, 10_000 + 5 * ms).passed)
  writeFileSync(join(dist, path), source)
  return noticed !== undefined
}

/** The tests of a room, each with the modules that it imports and its time if nothing is changed. */
function testsOf(room) {
  const own = FILES.filter((path) => isTest(path) && below(path, partsOf(room).tests))
  return own.map((test) => {
    const { passed, ms } = run(test, 600_000)
    if (!passed) throw new Error(`${test} fails without any change`)
    return { test, ms, imports: importedBy(test) }
  })
}

/** A number of mutants of a room, drawn from all of them. */
function sampleOf(room) {
  const changed = FILES.filter(
    (path) => below(path, partsOf(room).change) && !isForTests(path) && !isGenerated(path),
  )
  const random = createRandom(Number(seed))
  return changed
    .flatMap((path) => mutationsOf(textOf(path)).map((mutation) => ({ path, mutation })))
    .map((mutant) => ({ ...mutant, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, Number(count))
}

let killedInAll = 0
let triedInAll = 0
for (const room of rooms.split(',')) {
  const tests = testsOf(room)
  const sample = sampleOf(room)
  let killed = 0
  for (const { path, mutation } of sample) {
    // All else waits for the tests, so this is when Ctrl-C is heard.
    await new Promise(setImmediate)
    // The module's own test is the most likely to notice; then come the tests that take the least time.
    const named = path.replace(/js$/, 'test.js')
    const concerned = tests
      .filter(({ imports }) => imports.has(path))
      .sort((a, b) => (b.test === named) - (a.test === named) || a.ms - b.ms)
    if (isKilled(path, mutation, concerned)) {
      killed++
      continue
    }
    const [was] = textOf(path).slice(mutation.start, mutation.end).split('\n')
    console.log(`  survived: ${sourcePlace(path, mutation.start)}  ${was}  ->  ${mutation.text}`)
  }
  console.log(`${room.padEnd(13)} ${killed} of ${sample.length} killed`)
  killedInAll += killed
  triedInAll += sample.length
}
const percent = ((100 * killedInAll) / triedInAll).toFixed(0)
console.log(`all           ${killedInAll} of ${triedInAll} killed: ${percent}%`)
