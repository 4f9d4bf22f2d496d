// How much it helps to simulate the gaps between a profile's kernels as gaps, and as a part of the gaps that
// neighbours add. Prints the errors of simulated runs, on every sixth recorded point:
// - with profiles of the H200's seven models that were taken while the GPU left gaps (those that ship);
// - with profiles that were taken while it left none;
// - for models that no fit has seen.
//
//   npm run build && node bench/gap-error.mjs        four minutes
import { existsSync } from 'node:fs'
import { loadPoints } from '../dist/io/points.js'
import { readFile } from '../dist/io/read.js'
import { profileSchema } from '../dist/profile/profile.js'
import { errorsOf } from '../dist/validate/errors.js'
import { predict } from '../dist/validate/predict.js'

const EVERY = 6
const EARLIER = 'data/measured/kernels/h200-profiles-without-gaps'
const SEVEN = ['held-out', 'further', 'bench-eight', 'bench-ten'].map((name) => `h200-${name}`)
const UNSEEN = { H200: ['h200-gallery'], H100: ['h100-gallery', 'h100-twelve'] }

/** A model as it was profiled earlier, while the GPU left no gaps. */
function earlier(profile) {
  const file = `${EARLIER}/${profile.model}-${profile.batch}.json.gz`
  return existsSync(file) ? readFile(file, profileSchema) : profile
}

function withoutGaps({ gapUs: _, ...profile }) {
  return profile
}

/** Prints how far runs with changed profiles are off. */
function report(name, mixes, ...changes) {
  const { device, points, profileOf } = loadPoints(
    mixes.map((mix) => `data/measured/points/${mix}-mixes.json.gz`),
  )
  const known = new Map()
  const changed = (model, batch) => {
    const key = `${model}/${batch}`
    if (!known.has(key))
      known.set(
        key,
        changes.reduce((profile, change) => change(profile), profileOf(model, batch)),
      )
    return known.get(key)
  }
  const some = points.filter((_, i) => i % EVERY === 0)
  const errors = errorsOf(some.map((point) => predict(device, point, changed)))
  const { workerRateMape, weightedSpeedupMape, weightedSpeedupBias, p95Mape } = errors
  const shares = [workerRateMape, weightedSpeedupMape, weightedSpeedupBias, p95Mape]
  const cells = shares.map((share) => (100 * share).toFixed(1).padStart(8)).join('')
  console.log(`${name.padEnd(58)}${String(some.length).padStart(6)}${cells}`)
}

console.log(`${'errors in %'.padEnd(58)}points    rate speedup    bias     p95`)
report('the seven profiled without gaps', SEVEN, earlier)
report('the seven as they ship, gaps as longer kernels', SEVEN, withoutGaps)
report('the seven as they ship', SEVEN)
for (const [gpu, mixes] of Object.entries(UNSEEN)) {
  report(`models no fit has seen on the ${gpu}, gaps as longer kernels`, mixes, withoutGaps)
  report(`models no fit has seen on the ${gpu}`, mixes)
}
