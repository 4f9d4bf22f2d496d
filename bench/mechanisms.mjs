/**
 * Chooses, by simulation alone, among what was measured of each mix: the recorded windows plans and MPS
 * at five shares. Prints what the choice measured beside the best share of MPS as measured, both over
 * the plain streams of their own run, and what `mps` with priorities is simulated to give, which
 * only one mix has a measurement of.
 *
 *   npm run build && node bench/mechanisms.mjs
 */
import { readFileSync } from 'node:fs'
import { createEvaluator } from '../dist/evaluate/evaluator.js'
import { PREDICTION_WINDOW, searchWindow } from '../dist/evaluate/simulation-windows.js'
import { loadDevice, loadShippedProfile } from '../dist/io/library.js'
import { readFile } from '../dist/io/read.js'
import { loadScenario } from '../dist/io/scenario.js'
import { mps } from '../dist/policy/mps.js'
import { DEFAULT_PARAMETERS } from '../dist/policy/policy.js'
import { pointsFileSchema } from '../dist/validate/points-file.js'
import { predict } from '../dist/validate/predict.js'

const MEASURED = new URL('../data/measured/', import.meta.url)
/**
 * The newest come first, and a mix takes each kind of contestant from the first file that has it.
 */
const BENCHES = ['ten-mixes', 'eight-mixes', 'twelve-mixes']
const PLACE = { file: 'bench', path: 'workers' }
const device = loadDevice('h200', PLACE.file, 'device')
const profileOf = (model, batch) => loadShippedProfile('h200', model, batch, PLACE)
const pointsOf = (name) =>
  readFile(new URL(`points/${name}`, MEASURED).pathname, pointsFileSchema).points
const benches = BENCHES.map((name) =>
  JSON.parse(readFileSync(new URL(`bench/h200-${name}.json`, MEASURED), 'utf8')),
)
const underMps = ['fitted', 'held-out'].flatMap((part) => pointsOf(`h200-mps-${part}.json.gz`))
const underPlans = BENCHES.map((name) => pointsOf(`h200-bench-${name}.json.gz`))

const sameWorkers = (point, mix) =>
  point.workers.map(({ model, batch }) => `${model}/${batch}`).join() === mix.workers.join()
const simulated = (point) =>
  predict(device, point, profileOf, PREDICTION_WINDOW).weightedSpeedup.predicted
const gain = (contestant, mix) => {
  const baseline = mix.contestants.find(({ name }) => name === 'baseline')
  return contestant.weightedSpeedup / baseline.weightedSpeedup
}

/**
 * What was measured of a mix and can be simulated too, with the gain over plain streams both ways.
 */
function contestantsOf(title) {
  const runs = benches.map(({ mixes }) => mixes.find((mix) => mix.title === title))
  const at = (test) => runs.findIndex((mix) => mix?.contestants.some(({ name }) => test.test(name)))
  const [newest, rival] = [at(/^windows/), at(/^mps-/)]
  const of = (i, points) => (point) => {
    const baseline = points.find((one) => one.name === 'baseline' && sameWorkers(one, runs[i]))
    return {
      name: point.name,
      measured: gain(point, runs[i]),
      simulated: simulated(point),
      baseline,
    }
  }
  const plans = underPlans[newest].filter(
    (point) => point.name === 'windows' && sameWorkers(point, runs[newest]),
  )
  const shares = underMps.filter(
    ({ bench, mix }) => bench === `h200-${BENCHES[rival]}` && mix === title,
  )
  return {
    workload: runs[newest].workload,
    windows: plans.map(of(newest, underPlans[newest])),
    shares: shares.map(of(rival, underPlans[rival])),
  }
}

const percent = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(100 * value).toFixed(1)}%`
const best = (list, value) => list.reduce((a, b) => (value(b) > value(a) ? b : a))
const row = (cells) => console.log(`| ${cells.join(' | ')} |`)

row([
  'mix',
  'chosen',
  'simulated',
  'measured gain',
  'best MPS measured',
  'difference',
  '`mps` simulated',
])
row(Array(7).fill('---'))
const differences = []
const titles = new Set(benches.flatMap(({ mixes }) => mixes.map(({ title }) => title)))
for (const title of titles) {
  const { workload, windows, shares } = contestantsOf(title)
  const chosen = best([...windows, ...shares], ({ simulated: speedup }) => speedup)
  const rival = best(shares, ({ measured }) => measured)
  const difference = chosen.measured / rival.measured - 1
  differences.push(difference)
  const scenario = loadScenario(new URL(`../${workload}`, import.meta.url).pathname)
  const { evaluate } = createEvaluator(scenario, {
    ...searchWindow(scenario),
    mode: 'exact',
    seed: 1,
  })
  const plan = await mps.plan(scenario, { parameters: DEFAULT_PARAMETERS, evaluate })
  const { percent: share, priorities } = plan.evidence.parameters
  row([
    title,
    chosen.name,
    chosen.simulated.toFixed(3),
    percent(chosen.measured - 1),
    `${percent(rival.measured - 1)} (${rival.name.slice(4)}%)`,
    percent(difference),
    `${plan.evidence.predicted.weightedSpeedup.toFixed(3)} (${share}%, ${priorities.kind === 'none' ? 'none' : 'priorities'})`,
  ])
}
const mean = differences.reduce((a, b) => a + b, 0) / differences.length
console.log(
  `chosen by simulation against the best measured share: ${percent(Math.min(...differences))} to ${percent(Math.max(...differences))}, mean ${percent(mean)}`,
)
