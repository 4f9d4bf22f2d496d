// Simulated kernel launches per second of one core, in the exact and the coarse mode, for the four-model mix on the
// H200. Also the ratio to real time, and how far the coarse mode is off from the exact one.
// Usage: npm run -s build && node bench/simulate.mjs
import { catalog } from '../dist/device/catalog/registry.js'
import { windowOf } from '../dist/device/partition.js'
import { soloRates } from '../dist/evaluate/solo.js'
import { loadScenario } from '../dist/io/scenario.js'
import { buildPlan, PoolBuilder } from '../dist/plan/build.js'
import { metricsOf } from '../dist/simulate/metrics.js'
import { simulate } from '../dist/simulate/simulate.js'

const REQUIRED = { exact: 300_000, coarse: 1_000_000 }
const scenario = loadScenario('resnet152+densenet201+vgg19+albert@8')
const rates = soloRates(scenario)
const granules = catalog.get('h200').granules.length

/** Every worker on a window of `length` granules, spread over the device. */
function windows(length) {
  const pool = new PoolBuilder()
  const groups = scenario.workers.map(({ profile }, w) => {
    const start = Math.round((w * granules) / scenario.workers.length)
    const partition = pool.pooled(windowOf(start, length, granules), w)
    return [{ kernels: profile.kernels.length, partition, priority: 0 }]
  })
  const evidence = { policy: 'windows', parameters: {} }
  return buildPlan(scenario, { mechanism: 'pooled', pool: pool.entries, groups, evidence })
}

function timed(plan, mode) {
  const options = { mode, warmupUs: 50_000, durationUs: 450_000 }
  simulate(scenario, plan, { mode, warmupUs: 10_000, durationUs: 40_000 })
  const before = process.cpuUsage()
  const result = simulate(scenario, plan, options)
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  return {
    launchesPerSecond: result.launches / seconds,
    realTime: (options.warmupUs + options.durationUs) / 1e6 / seconds,
    metrics: metricsOf(result, rates),
  }
}

const rows = []
const totals = { exact: [0, 0], coarse: [0, 0] }
for (const [name, length] of [
  ['whole GPU', 16],
  ['windows of 8', 8],
  ['windows of 6', 6],
  ['disjoint', 4],
]) {
  const plan = windows(length)
  const exact = timed(plan, 'exact')
  const coarse = timed(plan, 'coarse')
  for (const [mode, run] of Object.entries({ exact, coarse })) {
    totals[mode][0]++
    totals[mode][1] += 1 / run.launchesPerSecond
  }
  const worst = Math.max(
    ...exact.metrics.workers.map((worker, i) =>
      Math.abs(coarse.metrics.workers[i].normalizedThroughput / worker.normalizedThroughput - 1),
    ),
  )
  rows.push({
    plan: name,
    'exact launches/s': Math.round(exact.launchesPerSecond),
    'x real time': exact.realTime.toFixed(2),
    'coarse launches/s': Math.round(coarse.launchesPerSecond),
    'x real time ': coarse.realTime.toFixed(2),
    'coarse error of speedup': percent(
      coarse.metrics.weightedSpeedup / exact.metrics.weightedSpeedup - 1,
    ),
    'of the worst worker': percent(worst),
  })
}
console.table(rows)
for (const [mode, [count, perLaunch]] of Object.entries(totals)) {
  const rate = count / perLaunch
  const ratio = rate / REQUIRED[mode]
  console.log(
    `${mode}: ${Math.round(rate)} launches/s, ${ratio.toFixed(2)} of the required ${REQUIRED[mode]}`,
  )
}

function percent(share) {
  return `${(share * 100).toFixed(2)}%`
}
