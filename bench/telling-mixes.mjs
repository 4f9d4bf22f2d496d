// What a calibration gains by choosing its mixes. From neutral parameters, the H200 is fitted on four of the
// recorded mixes: once on those that `eclip calibrate --measure` would choose, and four times on mixes drawn at
// random. Each fit then predicts the other mixes.
//
//     npm run build && node bench/telling-mixes.mjs        eight minutes
import { loadPoints } from '../dist/io/points.js'
import { loadScenario } from '../dist/io/scenario.js'
import { createRandom } from '../dist/random.js'
import { calibrate } from '../dist/validate/calibrate.js'
import { errorsOf } from '../dist/validate/errors.js'
import { neutralValues, withFitted } from '../dist/validate/parameters.js'
import { predict } from '../dist/validate/predict.js'
import { samplePoints } from '../dist/validate/sample-points.js'
import { mixName } from '../dist/validate/scenario-of.js'
import { tellingMixes, trialMix } from '../dist/validate/telling-mixes.js'

const MIXES = 4
const DRAWS = 4
const TRIALS = 40
const fileOf = (name) => `data/measured/points/h200-${name}-mixes.json.gz`

const { device, points, profileOf } = loadPoints(['further', 'varied'].map(fileOf))
const heldOut = loadPoints([fileOf('held-out')]).points.filter((_, i) => i % 4 === 0)
const neutral = withFitted(device, neutralValues(device))

/** Runs like those of a campaign: closed loops of at most four workers on few windows. */
const candidates = points.filter(
  ({ workers }) =>
    workers.length <= 4 &&
    workers.every(({ load, groups }) => (!load || load === 'closed') && groups.length < 4),
)
const mixes = [...new Set(candidates.map(mixName))]

function report(name, on) {
  const predictions = heldOut.map((point) => predict(on, point, profileOf, { mode: 'coarse' }))
  const { workerRateMape, weightedSpeedupMape, weightedSpeedupBias } = errorsOf(predictions)
  const shares = [workerRateMape, weightedSpeedupMape, weightedSpeedupBias]
  console.log(
    name.padEnd(12) + shares.map((share) => (100 * share).toFixed(1).padStart(9)).join(''),
  )
}

function fitOn(chosen, name) {
  const own = samplePoints(
    candidates.filter((point) => chosen.includes(mixName(point))),
    4,
  )
  report(name, calibrate(neutral, own, { profileOf, trials: TRIALS }).device)
}

console.log(`${mixes.length} mixes to choose from, ${heldOut.length} points held out; errors in %`)
console.log(`fitted on        rate  speedup     bias`)
report('nothing', neutral)
const trials = mixes.map((mix) => ({
  ...trialMix({ ...loadScenario(mix.replaceAll(' ', ''), 'h200'), device: neutral }),
  mix,
}))
fitOn(
  tellingMixes(trials, () => 1, MIXES).map(({ mix }) => mix),
  'telling',
)
const random = createRandom(7)
for (let draw = 1; draw <= DRAWS; draw++) {
  const waiting = [...mixes]
  const drawn = Array.from(
    { length: MIXES },
    () => waiting.splice(random.integer(waiting.length), 1)[0],
  )
  fitOn(drawn, `random ${draw}`)
}
