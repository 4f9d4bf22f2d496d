/**
 * How far an imported profile is off. Takes each recorded profile, drops the durations on fewer than all compute
 * units, predicts them from those on the whole device by the wave model, and compares. With --fit, the three numbers
 * of the model are fitted again: once on all models, and once on all but each. With --plans, mixes are planned with
 * such profiles, and the plans are simulated with the recorded ones.
 *
 *   npm run build && node bench/import-error.mjs [--fit] [--plans]
 */
import { h200 } from '../dist/device/catalog/h200.js'
import { totalCus } from '../dist/device/device.js'
import { createEvaluatorPool } from '../dist/evaluate/pool.js'
import { loadShippedProfile, shippedProfiles } from '../dist/io/library.js'
import { loadScenario } from '../dist/io/scenario.js'
import { mean } from '../dist/numbers.js'
import { DEFAULT_PARAMETERS } from '../dist/policy/policy.js'
import { policies } from '../dist/policy/registry.js'
import { scaledDurations, WAVE_MODEL } from '../dist/profile/importers/scale.js'
import { scaleError } from '../dist/profile/importers/scale-error.js'

const PLANNED = ['baseline', 'equal', 'windows']
const SEARCH_PLANS = 80

/** The three numbers of the wave model were fitted to the profiles of these models. */
const SEVEN = ['albert', 'alexnet', 'densenet201', 'resnet152', 'resnext101', 'shufflenet', 'vgg19']

const shipped = shippedProfiles(h200.name).map(({ model, batch }) =>
  loadShippedProfile(h200.name, model, batch, { file: 'data', path: '' }),
)
const profiles = shipped.filter(({ model }) => SEVEN.includes(model))
const others = shipped.filter(({ model }) => !SEVEN.includes(model))
const percent = (share) => `${share < 0 ? '\u2212' : '+'}${Math.abs(100 * share).toFixed(1)}%`
const line = (name, ...cells) =>
  console.log(name.padEnd(16), ...cells.map((cell) => cell.padStart(8)))
const meanOf = (errors, name) => mean(errors.map((error) => error[name]))
const errorsWith = (model, some) => some.map((profile) => scaleError(profile, h200, model))

const errors = errorsWith(WAVE_MODEL, profiles)
const counts = Object.keys(errors[0].byCus)
console.log('kernels of a request together, predicted against measured, by compute units')
line('model', ...counts, 'mean', 'kernel')
profiles.forEach(({ model, batch }, i) => {
  const { byCus, request, kernel } = errors[i]
  line(
    `${model}/${batch}`,
    ...counts.map((cus) => percent(byCus[cus])),
    percent(request),
    percent(kernel),
  )
})
const absolute = counts.map((cus) => mean(errors.map(({ byCus }) => Math.abs(byCus[cus]))))
line('absolute', ...absolute.map(percent))
line('bias', ...counts.map((cus) => percent(mean(errors.map(({ byCus }) => byCus[cus])))))
console.log(
  `mean absolute error of a request ${percent(meanOf(errors, 'request'))}, of a kernel by its duration ${percent(meanOf(errors, 'kernel'))}`,
)
const unseen = errorsWith(WAVE_MODEL, others)
console.log(
  `${unseen.length} profiles of other models, which no fit has seen: request ${percent(meanOf(unseen, 'request'))}, kernel ${percent(meanOf(unseen, 'kernel'))}, bias ${percent(meanOf(unseen, 'bias'))}`,
)

if (process.argv.includes('--fit')) {
  const grid = [0.4, 0.5, 0.6, 0.7, 0.8].flatMap((busyShare) =>
    [0.2, 0.25, 0.3, 0.35, 0.4].flatMap((fixedShare) =>
      [0, 0.4, 0.8, 1.2, 1.6].map((floorUs) => ({ busyShare, fixedShare, floorUs })),
    ),
  )
  const lossOf = (model, some) => {
    const tried = errorsWith(model, some)
    return meanOf(tried, 'request') + meanOf(tried, 'kernel')
  }
  const fit = (some) => {
    const losses = grid.map((model) => lossOf(model, some))
    return grid[losses.indexOf(Math.min(...losses))]
  }
  console.log(`\nfitted on all: ${JSON.stringify(fit(profiles))}`)
  const models = [...new Set(profiles.map(({ model }) => model))]
  const left = models.map((name) => {
    const model = fit(profiles.filter((profile) => profile.model !== name))
    const own = errorsWith(
      model,
      profiles.filter((profile) => profile.model === name),
    )
    line(
      name,
      percent(meanOf(own, 'request')),
      percent(meanOf(own, 'kernel')),
      ` ${JSON.stringify(model)}`,
    )
    return own
  })
  console.log(
    `each model by a fit on the others: request ${percent(meanOf(left.flat(), 'request'))}, kernel ${percent(meanOf(left.flat(), 'kernel'))}`,
  )
}

if (process.argv.includes('--plans')) {
  const MIXES = [
    'resnet152+densenet201+vgg19+albert@8',
    'shufflenet+alexnet+resnext101@8',
    'resnet152/1+vgg19/32+albert/8',
  ]
  console.log(
    '\nweighted speedup by simulation: recorded, as imported profiles predict, their plan',
  )
  for (const mix of MIXES) {
    const recorded = loadScenario(mix)
    const workers = recorded.workers.map((worker) => ({
      ...worker,
      profile: imported(worker.profile),
    }))
    const guessed = { ...recorded, workers }
    const plans = await evaluating(recorded, planAll)
    const guesses = await evaluating(guessed, planAll)
    const speedups = [
      await evaluating(recorded, (evaluate) => evaluate(plans)),
      await evaluating(guessed, (evaluate) => evaluate(guesses)),
      await evaluating(recorded, (evaluate) => evaluate(guesses)),
    ].map((all) => all.map(({ weightedSpeedup }) => weightedSpeedup.toFixed(3)))
    console.log(mix)
    PLANNED.forEach((name, p) => {
      line(`  ${name}`, ...speedups.map((of) => of[p]))
    })
  }
}

/** The profile in the form that an importer would make: without latencies, and with all kernels one after another. */
function imported({ latencyUs: _, parallel: __, ...profile }) {
  const kernels = profile.kernels.map(({ durationUs, ...kernel }) => {
    const wholeUs = durationUs[totalCus(h200)]
    return { ...kernel, durationUs: scaledDurations(h200, { ...kernel, wholeUs }) }
  })
  return { ...profile, source: 'imported', kernels }
}

async function evaluating(scenario, use) {
  const window = { warmupUs: 30_000, durationUs: 150_000, mode: 'exact', seed: 1 }
  const evaluator = createEvaluatorPool(scenario, window)
  try {
    return await use((plans, effort) => evaluator.evaluate(plans, effort), scenario)
  } finally {
    await evaluator.close()
  }
}

async function planAll(evaluate, scenario) {
  const parameters = { ...DEFAULT_PARAMETERS, searchPlans: SEARCH_PLANS }
  const context = { parameters, evaluate, now: () => performance.now() }
  const plans = []
  for (const name of PLANNED) plans.push(await policies.get(name).plan(scenario, context))
  return plans
}
