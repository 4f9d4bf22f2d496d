/**
 * Turns the points that `eclip bench` wrote for mixes of bench/workloads into the files that the package ships in
 * data/measured: bench/DEVICE-NAME.json (all contestants, for bench/measured.mjs) and
 * points/DEVICE-bench-NAME.json.gz (the plans that ran, for eclip validate).
 *
 * Plans that were not simulated before they ran are simulated now.
 *
 *   npm run build && node bench/collect.mjs FOLDER NAME
 *
 * FOLDER/NAME.json is the output of eclip bench bench/workloads/NAME.json -o, and
 * FOLDER/NAME.again.json the output of a second run.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { loadDevice, loadShippedProfile } from '../dist/io/library.js'
import { readFile } from '../dist/io/read.js'
import { pointsFileSchema } from '../dist/validate/points-file.js'
import { predict } from '../dist/validate/predict.js'

const TITLES = {
  'four-8': '4 models @8',
  'short-8': '4 shorter models @8',
  'densenet-3x-8': '3 × densenet201 @8',
  'eight-8': '8 workers @8',
  'six-8': '6 models @8',
  'four-1': '4 models @1',
  'four-32': '4 models @32',
  'resnet-4x-8': '4 × resnet152 @8',
  'albert-2x-8': '2 × albert + 2 @8',
  'three-8': '3 models @8',
  'mixed-batches': 'batches 1 to 32',
  'large-32': '3 models @32',
}
const MEASURED = fileURLToPath(new URL('../data/measured/', import.meta.url))
const ABOUT =
  'eclip bench on H200 GPUs, one mix at a time to a GPU: policies in one process in alternating order, then rivals with a process for each worker, those of all rivals up at once, each MPS share under a daemon of its own with 8 connections a client. Rates alone were measured in the same process as the policies and serve all contestants of a mix. Plans were made beforehand by eclip plan, from simulation alone; predictedSpeedup is the simulator’s.'

const WINDOW = { warmupUs: 100_000, durationUs: 400_000, mode: 'exact' }
const PLACE = { file: 'bench', path: 'workers' }
const device = loadDevice('h200', PLACE.file, 'device')
const profileOf = (model, batch) => loadShippedProfile('h200', model, batch, PLACE)

function withPrediction(point) {
  const { predicted } = predict(device, point, profileOf, WINDOW).weightedSpeedup
  return { ...point, predictedSpeedup: point.predictedSpeedup ?? predicted }
}

/** Rounds to six digits, which is already more than was measured. */
const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)

/** A contestant without what all contestants of a mix have in common: models, batches and the plan itself. */
function outline({ workers, ...contestant }) {
  const rest = workers.map(({ model, batch, groups, ...worker }) => worker)
  return { ...contestant, workers: rest }
}

const [folder, destination] = process.argv.slice(2)
if (!destination) {
  console.error('usage: node bench/collect.mjs FOLDER NAME')
  process.exit(2)
}
const runs = Object.keys(TITLES)
  .flatMap((name) =>
    ['json', 'again.json'].map((end) => ({ name, file: join(folder, `${name}.${end}`) })),
  )
  .filter(({ file }) => existsSync(file))
  .map(({ name, file }) => {
    const bench = readFile(file, pointsFileSchema)
    return { name, bench: { ...bench, points: bench.points.map(withPrediction) } }
  })
const [{ bench }] = runs
const about = { device: bench.device, gpu: bench.gpu, date: bench.date.slice(0, 10) }
const head = { description: ABOUT, ...about, versions: bench.versions }

const mixes = runs.map(({ name, bench: { command, points, rivals, failed } }) => ({
  title: TITLES[name],
  workload: `bench/workloads/${name}.json`,
  command,
  workers: points[0].workers.map(({ model, batch }) => `${model}/${batch}`),
  contestants: [...points, ...rivals].map(outline),
  failed,
}))
const table = JSON.stringify({ ...head, mixes }, rounded, 1)
writeFileSync(join(MEASURED, `bench/${bench.device}-${destination}.json`), `${table}\n`)

const points = runs.flatMap(({ name, bench: { points } }) =>
  points.map((point) => ({ mix: name, ...point })),
)
const plans = { format: bench.format, ...head, memsets: 'rehomed', points }
writeFileSync(
  join(MEASURED, `points/${bench.device}-bench-${destination}.json.gz`),
  gzipSync(JSON.stringify(plans, rounded), { level: 9 }),
)
console.log(`${mixes.length} runs, ${points.length} points`)
