/**
 * Prints the recorded cost of masks made before every kernel on an H200, beside the simulated cost of the same plan:
 * the median of a request, and its difference per kernel from launches without masks. The simulator launches whole
 * graphs, so its own comparison is with a graph.
 *
 *   npm run build && node bench/remask.mjs
 */
import { readFileSync } from 'node:fs'
import { loadScenario } from '../dist/io/scenario.js'
import { buildPlan } from '../dist/plan/build.js'
import { baseline } from '../dist/policy/baseline.js'
import { kernelWiseIoctl } from '../dist/policy/kernel-wise-ioctl.js'
import { DEFAULT_PARAMETERS } from '../dist/policy/policy.js'
import { simulate } from '../dist/simulate/simulate.js'

const RECORDED = new URL('../data/measured/device/h200-remask.json', import.meta.url)
const { alone, together } = JSON.parse(readFileSync(RECORDED, 'utf8'))
const WINDOW = { warmupUs: 1e6, durationUs: 10e6, seed: 1, mode: 'exact' }
const COMPARED = 'no masks'

const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)

/** The median request of each worker in ms, by the name of what ran, with those of the simulator. */
function print(title, kernels, measured, simulated) {
  console.log(`\n${title}\n`)
  const titles = kernels.map(({ name, count }) => [`${name}, ${count} kernels: ms`, 'us/kernel'])
  row('', ...titles.flat())
  row('---', ...titles.flat().map(() => '--:'))
  const rowsOf = (runs, plain) => {
    for (const [name, medians] of runs) {
      const cells = medians.map((median, w) => [
        median.toFixed(2),
        ((1e3 * (median - plain[w])) / kernels[w].count).toFixed(1),
      ])
      row(name, ...cells.flat())
    }
  }
  rowsOf(measured, measured.find(([name]) => name.endsWith(COMPARED))[1])
  rowsOf(simulated, simulated[0][1])
}

/** The median request of each worker under a plan, in ms. */
function mediansMs(scenario, plan) {
  const { workers } = simulate(scenario, plan, WINDOW)
  return workers.map(({ latenciesUs }) => latenciesUs[latenciesUs.length >> 1] / 1e3)
}

/** The simulator's medians for whole graphs without masks, and for a plan of mask calls. */
async function simulatedRuns(scenario, masked) {
  const plain = await baseline.plan(scenario, { parameters: DEFAULT_PARAMETERS })
  return [
    ['simulated: a graph', mediansMs(scenario, plain)],
    ['simulated: mask calls', mediansMs(scenario, masked)],
  ]
}

/** A mask call for this many compute units before every kernel of the only worker. */
function sameMask(scenario, cus) {
  const [{ profile }] = scenario.workers
  return buildPlan(scenario, {
    mechanism: 'mask-call',
    pool: [{ cus }],
    groups: [[{ kernels: profile.kernels.length, partition: 0, priority: 0 }]],
    evidence: { policy: 'same mask', parameters: {} },
  })
}

const single = loadScenario(`${alone.model}/${alone.batch}`)
const cus = single.device.granules.slice(0, alone.granules).reduce((sum, one) => sum + one.cus, 0)
print(
  `one model alone, masks of ${cus} SMs`,
  [{ name: alone.model, count: alone.kernels }],
  Object.entries(alone.ways).map(([name, { p50Ms }]) => [name, [p50Ms]]),
  await simulatedRuns(single, sameMask(single, cus)),
)

const mix = loadScenario(
  together.points[0].workers.map(({ model, batch }) => `${model}/${batch}`).join('+'),
)
print(
  'together, each kernel on its right-size',
  mix.workers.map(({ name, profile }) => ({ name, count: profile.kernels.length })),
  [...together.points, ...together.rivals].map(({ name, workers }) => [
    name,
    workers.map(({ p50Ms }) => p50Ms),
  ]),
  await simulatedRuns(mix, await kernelWiseIoctl.plan(mix, { parameters: DEFAULT_PARAMETERS })),
)
