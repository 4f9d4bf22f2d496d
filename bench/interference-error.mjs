// How far simulated runs of the H200 are off with interference as it is guessed and fitted, and as it was measured
// beside hogs (data/measured/device/h200-interference.json), on every sixth recorded point. No fit has a part in the latter,
// but for two constants of crowding in the last line, which the H100 and characterized devices have.
//
//   npm run build && node bench/interference-error.mjs        two minutes
import { readFileSync } from 'node:fs'
import { h100 } from '../dist/device/catalog/h100.js'
import { loadPoints } from '../dist/io/points.js'
import { errorsOf } from '../dist/validate/errors.js'
import { predict } from '../dist/validate/predict.js'

const EVERY = 6
const FILES = [
  ...['held-out', 'further', 'varied', 'first'],
  ...['bench-twelve', 'bench-eight', 'bench-ten'],
].map((name) => `data/measured/points/h200-${name}-mixes.json.gz`)

const { hogs, models, disturbed } = JSON.parse(
  readFileSync('data/measured/device/h200-interference.json'),
)
const { device, points, profileOf } = loadPoints(FILES)
const some = points.filter((_, i) => i % EVERY === 0)

const probed = new Map()
/** The profile with what was measured beside hogs. The same object each time, since costs are kept by it. */
function probedOf(model, batch) {
  const key = `${model}/${batch}`
  const interference = disturbed.includes(key) ? undefined : models[key]
  if (!probed.has(key)) probed.set(key, { ...profileOf(model, batch), interference })
  return probed.get(key)
}

function report(name, on, profiles) {
  const errors = errorsOf(some.map((point) => predict(on, point, profiles, { mode: 'coarse' })))
  const { workerRateMape, weightedSpeedupMape, weightedSpeedupBias, p95Mape } = errors
  const shares = [workerRateMape, weightedSpeedupMape, weightedSpeedupBias, p95Mape]
  console.log(
    `${name.padEnd(32)}${shares.map((share) => (100 * share).toFixed(1).padStart(8)).join('')}`,
  )
}

console.log(`${`${some.length} points; errors in %`.padEnd(32)}    rate speedup    bias     p95`)
report('guessed and fitted', device, profileOf)
report('measured', { ...device, hogs }, probedOf)
const { knee, foreignLoad } = h100.contention
const contention = { ...device.contention, knee, foreignLoad }
report('measured, less crowding', { ...device, hogs, contention }, probedOf)
