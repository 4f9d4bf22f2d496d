// How far simulated runs are off from all recorded ones: the tables of docs/accuracy.md, a row as soon as it is known.
//
//   npm run build && node bench/accuracy.mjs                          all files, half an hour
//   npm run build && node bench/accuracy.mjs h200-blind-mixes ...     some of them
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadPoints } from '../dist/io/points.js'
import { errorsOf } from '../dist/validate/errors.js'
import { predict } from '../dist/validate/predict.js'

const FOLDER = fileURLToPath(new URL('../data/measured/points/', import.meta.url))
const SUFFIX = '.json.gz'

const asked = process.argv.slice(2)
const names = readdirSync(FOLDER).flatMap((file) =>
  file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : [],
)

const percent = (share) => (share === null ? '' : `${(100 * share).toFixed(1)}%`.replace('-', '−'))

console.log('| points | number | rate | weighted speedup | bias | p95 | power | τ |')
console.log('|---|---|---|---|---|---|---|---|')
for (const name of asked.length > 0 ? asked : names) {
  const { device, points, profileOf } = loadPoints([`${FOLDER}${name}${SUFFIX}`])
  const errors = errorsOf(points.map((point) => predict(device, point, profileOf)))
  const shares = [
    ...[errors.workerRateMape, errors.weightedSpeedupMape, errors.weightedSpeedupBias],
    ...[errors.p95Mape, errors.powerMape],
  ]
  const tau = errors.kendallTau?.toFixed(2) ?? ''
  console.log(`| \`${name}\` | ${points.length} | ${shares.map(percent).join(' | ')} | ${tau} |`)
}
