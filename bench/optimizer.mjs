// Compares ECLIP's optimizer with HiGHS: both must find the same objective, and the optimizer must be much faster.
//
//   npm run -s build && node bench/optimizer.mjs [--all]
//
// For a fixed slowdown the program separates by worker. The switch DP solves all budgets from 0 to 20 in one pass.
// HiGHS solves an integer program for each budget, with the fastest of the settings that were tried (no presolve);
// without --all only for budgets 2, 14 and 20. Prints for each shipped profile:
// - the time of one HiGHS solve over that of the whole pass;
// - the time of HiGHS for all its budgets over that of the pass (limit 1000x);
// - the largest relative difference of objectives (limit 1e-6).
//
// Then it solves the full objective, time * (1 + alpha), for four workers of the longest shipped profile.
import { h200 } from '../dist/device/catalog/h200.js'
import { totalCus } from '../dist/device/device.js'
import { loadShippedProfile, shippedProfiles } from '../dist/io/library.js'
import { costTable } from '../dist/policy/solver/cost-table.js'
import { Front } from '../dist/policy/solver/front.js'
import { solveIlp } from '../dist/policy/solver/ilp.js'
import { minimiseMultilinear } from '../dist/policy/solver/multilinear.js'
import { minimiseProduct } from '../dist/policy/solver/product.js'
import { SwitchDp } from '../dist/policy/solver/switch-dp.js'

const CUS = [32, 64, 96, 132]
const MOST_SWITCHES = 20
const ASKED = { file: 'bench', path: '' }
const budgets = process.argv.includes('--all')
  ? Array.from({ length: MOST_SWITCHES + 1 }, (_, b) => b)
  : [2, 14, 20]

/** The median of `runs` timings in ms, after as many runs to warm up. */
function medianMs(runs, work) {
  const times = []
  for (let i = 0; i < 2 * runs; i++) {
    const startMs = performance.now()
    work()
    if (i >= runs) times.push(performance.now() - startMs)
  }
  return times.sort((a, b) => a - b)[runs >> 1]
}

function row(...cells) {
  const widths = [16, 8, 12, 12, 12, 12, 12]
  console.log(cells.map((cell, i) => `${cell}`.padStart(widths[i])).join(''))
}

console.log(`one worker, fixed slowdown, HiGHS at budgets ${budgets.join(' ')}`)
row('profile', 'kernels', 'DP pass ms', 'HiGHS ms', 'one', 'all', 'difference')
let worst = 0
let leastRatio = Number.POSITIVE_INFINITY
for (const { model, batch } of shippedProfiles('h200')) {
  const table = costTable(loadShippedProfile('h200', model, batch, ASKED), CUS)
  const slowdown = 1 + (3 * 64) / totalCus(h200)
  const prices = table.us.map((us) => us * slowdown)
  const dp = new SwitchDp(table.kernels, table.streams, MOST_SWITCHES)
  const dpMs = medianMs(25, () => dp.solve(prices))
  let difference = 0
  let ilpMs = 0
  for (const budget of budgets) {
    const startMs = performance.now()
    const { objective } = await solveIlp(prices, table.streams, budget)
    ilpMs += performance.now() - startMs
    const best = Math.min(...dp.values.slice(0, budget + 1))
    difference = Math.max(difference, Math.abs(objective - best) / best)
  }
  worst = Math.max(worst, difference)
  leastRatio = Math.min(leastRatio, ilpMs / dpMs)
  const oneMs = ilpMs / budgets.length
  row(
    `${model}/${batch}`,
    table.kernels,
    dpMs.toFixed(3),
    oneMs.toFixed(1),
    `${Math.round(oneMs / dpMs)}x`,
    `${Math.round(ilpMs / dpMs)}x`,
    difference.toExponential(1),
  )
}
console.log(
  `largest difference ${worst.toExponential(1)} (limit 1e-6), least ratio ${Math.round(leastRatio)}x (limit 1000x)\n`,
)

console.log('four workers of densenet201/8 (1110 kernels), 14 switches each (limit 1000 ms)')
for (const [slowdown, minimise] of [
  ['all-workers', minimiseProduct],
  ['other-workers', minimiseMultilinear],
]) {
  const profile = loadShippedProfile('h200', 'densenet201', 8, ASKED)
  const solve = () => {
    const fronts = [1, 2, 3, 4].map(() => new Front(costTable(profile, CUS), 14))
    return minimise(fronts, [1, 1, 1, 1], totalCus(h200))
  }
  const { objective, bound } = solve()
  const gap = (objective - bound) / objective
  console.log(
    `  ${slowdown}: ${medianMs(5, solve).toFixed(1)} ms, objective ${objective.toFixed(1)}, gap ${gap}`,
  )
}
