// How far simulated runs of the H200 are off with guessed interference, and with interference measured beside
// hogs, on every sixth recorded point.
//
//   npm run build && node bench/interference-error.mjs        two minutes
import { loadPoints } from '../dist/io/points.js'
import { errorsOf } from '../dist/validate/errors.js'
import { predict } from '../dist/validate/predict.js'

const EVERY = 6
const FILES = [
  ...['held-out', 'further', 'varied', 'first'],
  ...['bench-twelve', 'bench-eight', 'bench-ten'],
].map((name) => `data/measured/points/h200-${name}-mixes.json.gz`)

const { device, points, profileOf } = loadPoints(FILES)
const some = points.filter((_, i) => i % EVERY === 0)

function report(name, on) {
  const errors = errorsOf(some.map((point) => predict(on, point, profileOf, { mode: 'coarse' })))
  const { workerRateMape, weightedSpeedupMape, weightedSpeedupBias, p95Mape } = errors
  const shares = [workerRateMape, weightedSpeedupMape, weightedSpeedupBias, p95Mape]
  console.log(
    `${name.padEnd(24)}${shares.map((share) => (100 * share).toFixed(1).padStart(8)).join('')}`,
  )
}

console.log(`${`${some.length} points; errors in %`.padEnd(24)}    rate speedup    bias     p95`)
report('guessed', { ...device, hogs: undefined })
report('measured', device)
