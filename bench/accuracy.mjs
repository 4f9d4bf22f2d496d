// How far simulated runs are off from all recorded ones. Prints the tables of docs/accuracy.md, each row as soon as
// it is known. `simulate` and `plan` divide by simulated rates alone. The columns `as read` say how far that figure
// is off from measured rates together over measured rates alone.
//
//   npm run build && node bench/accuracy.mjs                          all files, ten minutes
//   npm run build && node bench/accuracy.mjs h200-blind-mixes ...     some of them
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { soloRates } from '../dist/evaluate/solo.js'
import { loadPoints } from '../dist/io/points.js'
import { sum } from '../dist/numbers.js'
import { errorsOf } from '../dist/validate/errors.js'
import { predict } from '../dist/validate/predict.js'
import { runOf } from '../dist/validate/scenario-of.js'

const FOLDER = fileURLToPath(new URL('../data/measured/points/', import.meta.url))
const SUFFIX = '.json.gz'

const asked = process.argv.slice(2)
const names = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : [],
)

const percent = (share) => (share === null ? '' : `${(100 * share).toFixed(1)}%`.replace('-', '−'))

const known = new Map()
/** The rate of each worker of a scenario alone in simulation, in requests per second. */
function aloneRps({ device, workers }) {
  return workers.map((worker) => {
    const { profile } = worker
    if (!known.has(profile)) known.set(profile, soloRates({ device, workers: [worker] })[0])
    return known.get(profile)
  })
}

/** The weighted speedup of a prediction over simulated rates alone. */
function asRead(device, profileOf, { point, workers, weightedSpeedup }) {
  const alone = aloneRps(runOf(device, point, profileOf).scenario)
  const shares = workers.map(
    ({ normalizedThroughput }, i) =>
      (normalizedThroughput.predicted * point.workers[i].soloRps) / alone[i],
  )
  return { ...weightedSpeedup, predicted: sum(shares) }
}

console.log(
  '| points | number | rate | weighted speedup | bias | as read | bias | p95 | power | τ |',
)
console.log('|---|---|---|---|---|---|---|---|---|---|')
for (const name of asked.length > 0 ? asked : names) {
  const { device, points, profileOf } = loadPoints([`${FOLDER}${name}${SUFFIX}`])
  const predictions = points.map((point) => predict(device, point, profileOf))
  const errors = errorsOf(predictions)
  const read = errorsOf(
    predictions.map((one) => ({ ...one, weightedSpeedup: asRead(device, profileOf, one) })),
  )
  const shares = [
    ...[errors.workerRateMape, errors.weightedSpeedupMape, errors.weightedSpeedupBias],
    ...[read.weightedSpeedupMape, read.weightedSpeedupBias],
    ...[errors.p95Mape, errors.powerMape],
  ]
  const tau = errors.kendallTau?.toFixed(2) ?? ''
  console.log(`| \`${name}\` | ${points.length} | ${shares.map(percent).join(' | ')} | ${tau} |`)
}
