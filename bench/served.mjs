// How far simulated latencies under open load are from those measured on H200 GPUs: the recorded requests of
// `eclip bench DEMAND` (data/measured/open-load), replayed arrival by arrival. The time to dispatch a launch was fitted
// on the second run, the load of other processes on three later ones; the others are not. On those of
// new-demands.json.gz nothing was fitted, while they were looked at when a rule was kept (docs/accuracy.md); those of
// trial-demands.json.gz came after all rules. Disturbed windows are left out.
//
//   npm run build && node bench/served.mjs            at the level of requests
//   npm run build && node bench/served.mjs half       the same where each contender serves half of its goodput
//   npm run build && node bench/served.mjs kernels    kernel by kernel, which takes minutes
//   npm run build && node bench/served.mjs capacity   the load that each contender carries, at 99% and 95% in time, found
//                                                     from the same loads as on the GPU and under the same arrivals
//   npm run build && node bench/served.mjs capacity outside.json     of one demand
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { findGoodput, loadAt } from '../dist/bench/demand/goodput.js'
import { attainedOf, MOST_LAG_MS } from '../dist/bench/demand/measure.js'
import { loadDemand } from '../dist/io/demand.js'
import { demandStreams } from '../dist/schedule/demand-streams.js'
import { servingSetup } from '../dist/schedule/serving-setup.js'
import { simulateServing } from '../dist/schedule/serving-simulator.js'
import { Crowds } from '../dist/size/crowds.js'
import { PlanService } from '../dist/size/plan-service.js'
import { rivalPlan } from '../dist/size/rival-plan.js'
import { serveKernelsDuring } from '../dist/size/serve-kernels.js'
import { stateTimesUs } from '../dist/size/state-times.js'

const FOLDER = new URL('../data/measured/open-load/', import.meta.url)
/** Seed of the first repeat and warm-up of the recorded requests, and the seconds measured in each run. */
const SEED = 1
const WARMUP_US = 0.4e6
const SECONDS = [3, 6, 6, 9, ...Array(14).fill(6)]
/**
 * The run that the time to dispatch was fitted on, and those that the load of other processes was. In runs from
 * the second of these on, processes were told of the whole device.
 */
const FITTED = [1, 8, 10, 13]
const TOLD_FROM = 8
const QUANTILES = [0.5, 0.95, 0.99]

const kernels = process.argv[2] === 'kernels'
const capacity = process.argv[2] === 'capacity'
const half = process.argv[2] === 'half'
const only = process.argv.slice(2).find((word) => word.endsWith('.json'))
const seen = contentOf('h200-demands.json.gz')
const later = ['new-demands', 'trial-demands', 'long-windows'].map((name) =>
  contentOf(`${name}.json.gz`),
)
const demands = Object.assign({}, ...[seen, ...later].map((file) => file.demands))
const runs = [
  ...seen.runs.map((run, r) => ({
    ...run,
    seconds: SECONDS[r],
    told: r >= TOLD_FROM,
    held: FITTED.includes(r) ? 'fitted' : 'not fitted on',
  })),
  ...later.flatMap((file) => file.runs.map((run) => ({ ...run, told: true, held: 'held out' }))),
]
const folder = mkdtempSync(join(tmpdir(), 'eclip-served-'))

function contentOf(file) {
  return JSON.parse(gunzipSync(readFileSync(new URL(file, FOLDER))))
}

/** A demand that was served. The traces that it names ship. */
function demandNamed(name) {
  const models = demands[name].models.map((model) =>
    model.arrivals?.trace
      ? { ...model, arrivals: { trace: traceCalled(model.arrivals.trace) } }
      : model,
  )
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ ...demands[name], models }))
  return loadDemand(file)
}

function traceCalled(path) {
  return fileURLToPath(new URL(`../data/traces/${basename(path)}`, import.meta.url))
}

/** Windows that a search for a goodput simulates at most; on the GPU they are fewer. */
const MOST_WINDOWS = 16

/**
 * The recorded contender as a serving plan. What it expected of launches was recorded from the fourth run on. Under MPS
 * launches had no levels before processes were told of the whole device.
 */
function planOf(demand, contender, told) {
  const { name, mechanism, concurrency, priority, late, evenMisses, models } = contender
  const bare = rivalPlan(demand, name, { mechanism, instances: 1, sharePercent: 100 })
  return {
    ...bare,
    concurrency,
    evenMisses,
    priority: told || mechanism === 'streams' ? priority : 'none',
    models: bare.models.map((model, m) => ({
      ...model,
      instances: models[m].instances,
      share: models[m].share,
      late,
      batches: models[m].batches ?? model.batches,
      expectedMs: models[m].expectedMs ?? model.expectedMs,
      ...(models[m].headStartMs !== undefined && { headStartMs: models[m].headStartMs }),
    })),
  }
}

function crowdOf(plan, crowds) {
  const crowded = plan.models.map(({ share, batches }) => ({ share, batches, most: 3 }))
  return crowds.of(plan.mechanism, crowded)
}

async function replayRequests(demand, plan, crowds, load, endUs, seed = SEED) {
  const crowd = await crowdOf(plan, crowds)
  const { models } = simulateServing({
    setup: servingSetup(plan, demand.device.priorityLevels),
    streams: demandStreams(demand, load, seed),
    service: new PlanService(demand, plan, crowd),
    warmupUs: WARMUP_US,
    endUs,
  })
  return models
}

/** Geometric mean of the ratios, and mean distance from 1, in percent. */
function errorText(ratios) {
  if (ratios.length === 0) return 'none'
  const logs = ratios.map(Math.log)
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length
  const off = logs.reduce((a, b) => a + Math.abs(b), 0) / logs.length
  const bias = 100 * (Math.exp(mean) - 1)
  return `${(100 * off).toFixed(1)}% (${bias >= 0 ? '+' : '−'}${Math.abs(bias).toFixed(1)}%)`
}

/** A plan whose launches are expected to take what the crowd says, where nothing was recorded, as eclip size writes it. */
function withExpectedTimes(plan, recorded, crowd, dispatchUs) {
  const times = (m, batch) =>
    crowd.launchMs(m, batch, plan.models.length).map((ms) => ms + dispatchUs / 1000)
  const models = plan.models.map((model, m) =>
    recorded[m].expectedMs
      ? model
      : { ...model, expectedMs: { [model.batches[0]]: times(m, model.batches[0]) } },
  )
  return { ...plan, models }
}

/**
 * The goodput of a contender under the arrivals of a recorded run. It is read off the loads that were measured, as the
 * measured one is: where two of them are far apart, what is interpolated between them is not what is searched for. Only
 * where they do not bracket it is it searched for.
 * @param attained what the models attain at a load of the shares of requests in time that are wanted
 */
async function simulatedGoodput(attained, loads) {
  const known = []
  for (const load of loads) known.push({ load, models: await attained(load) })
  const read = loadAt(known)
  if (read > 0 && read < Math.max(...loads)) return read
  return (await findGoodput(attained, 0, MOST_WINDOWS, known)).goodput
}

/** Every model's requests at a load, offered and in time, those of all repeats added up; each load is simulated once. */
function countsBy(demand, plan, crowds, endUs, repeats) {
  const known = new Map()
  return async (load) => {
    if (known.has(load)) return known.get(load)
    const totals = demand.models.map(() => ({ offered: 0, inTime: 0 }))
    for (let repeat = 0; repeat < repeats; repeat++) {
      const models = await replayRequests(demand, plan, crowds, load, endUs, SEED + repeat)
      models.forEach(({ offered, inTime }, m) => {
        totals[m].offered += offered
        totals[m].inTime += inTime
      })
    }
    known.set(load, totals)
    return totals
  }
}

async function printCapacities() {
  console.log('| run | contender | measured 99%, 95% | simulated | ratio |')
  console.log('|---|---|---|---|---|')
  for (const run of runs) {
    if (only !== undefined && run.demand !== only) continue
    const demand = demandNamed(run.demand)
    const crowds = crowdsOf(demand, run.told)
    const endUs = WARMUP_US + run.seconds * 1e6
    const found = [[], []]
    for (const contender of run.contenders) {
      // A search for the capacity has several windows; a screening at one load has one.
      if (contender.mechanism === 'time-slices' || contender.measurements.length < 3) continue
      if (contender.measurements.some(({ senderLagMs }) => senderLagMs > MOST_LAG_MS)) continue
      const bare = planOf(demand, contender, run.told)
      const crowd = await crowdOf(bare, crowds)
      const plan = withExpectedTimes(bare, contender.models, crowd, demand.device.costs.dispatchUs)
      const counts = countsBy(demand, plan, crowds, endUs, run.repeats ?? 1)
      const loads = contender.measurements.map(({ load }) => load)
      const [measured, simulated] = [[], []]
      // The first goodput is of the shares of requests that the demand asks for.
      for (const wantedOf of [(m) => demand.models[m].quantile, () => 0.95]) {
        const points = contender.measurements.map(({ load, models }) => ({
          load,
          models: attainedOf(models, wantedOf),
        }))
        measured.push(loadAt(points))
        const attained = async (load) => attainedOf(await counts(load), wantedOf)
        simulated.push(await simulatedGoodput(attained, loads))
      }
      const text = (values) => values.map((value) => value.toFixed(2)).join(', ')
      // What held at the largest load that was tried may hold beyond it: then less is too little, and more says nothing.
      const largest = Math.max(...loads)
      const isTold = (value, i) =>
        measured[i] > 0 && (measured[i] < 0.999 * largest || value < measured[i])
      const ratios = simulated.map((value, i) =>
        isTold(value, i) ? value / measured[i] : undefined,
      )
      for (const [i, ratio] of ratios.entries()) if (ratio !== undefined) found[i].push(ratio)
      const ratioText = ratios.map((ratio) => ratio?.toFixed(2) ?? 'not reached').join(', ')
      console.log(
        `| ${run.demand} | ${contender.name} | ${text(measured)} | ${text(simulated)} | ${ratioText} |`,
      )
    }
    if (found[0].length === 0) continue
    console.log(`| ${run.demand} | all | | | ${found.map(errorText).join(', ')} |`)
  }
}

function crowdsOf(demand, told) {
  return new Crowds(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(demand, mechanism, launches, told)),
  )
}

/** The model whose ratios are furthest off, with them: `alexnet/8 28.6% (+33.2%)`. */
function worstText(ratiosByModel) {
  const off = (ratios) =>
    ratios.reduce((sum, ratio) => sum + Math.abs(Math.log(ratio)), 0) / ratios.length
  const [[name, ratios]] = [...ratiosByModel].sort(([, a], [, b]) => off(b) - off(a))
  return `${name} ${errorText(ratios)}`
}

async function printLatencies() {
  console.log(
    '| run | mechanism | windows | p50 | worst model at p50 | p95 | p99 | attainment, points |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const run of runs) {
    if (only !== undefined && run.demand !== only) continue
    const demand = demandNamed(run.demand)
    const crowds = crowdsOf(demand, run.told)
    const endUs = WARMUP_US + run.seconds * 1e6
    for (const mechanism of ['mps', 'streams']) {
      const ratios = QUANTILES.map(() => [])
      const medians = new Map(demand.models.map(({ name }) => [name, []]))
      const attained = []
      let windows = 0
      for (const contender of run.contenders.filter((one) => one.mechanism === mechanism)) {
        const plan = planOf(demand, contender, run.told)
        for (const { load, senderLagMs, models } of contender.measurements) {
          // Far past capacity latencies depend on when a queue began, and on what was dropped.
          const least = Math.min(...models.map(({ inTime, offered }) => inTime / offered))
          if (senderLagMs > MOST_LAG_MS || least < 0.95) continue
          if (half && Math.abs(load / (contender.goodput / 2) - 1) > 0.02) continue
          const simulated = kernels
            ? serveKernelsDuring(demand, plan, {
                ...{ load, seed: SEED, warmupUs: WARMUP_US, endUs },
                told: run.told,
              }).models
            : await replayRequests(demand, plan, crowds, load, endUs)
          windows++
          models.forEach((measured, m) => {
            const { p50Ms, p95Ms, p99Ms, inTime, offered } = measured
            for (const [q, ms] of [p50Ms, p95Ms, p99Ms].entries()) {
              ratios[q].push(simulated[m].latencyUs.quantile(QUANTILES[q]) / 1000 / ms)
            }
            medians
              .get(demand.models[m].name)
              .push(simulated[m].latencyUs.quantile(0.5) / 1000 / p50Ms)
            attained.push(Math.abs(simulated[m].attainment - inTime / offered))
          })
        }
      }
      if (windows === 0) continue
      const points = (100 * attained.reduce((a, b) => a + b, 0)) / attained.length
      const [p50, p95, p99] = ratios.map(errorText)
      console.log(
        `| ${run.demand}, ${run.held} | ${mechanism} | ${windows} | ${p50} | ${worstText(medians)} | ${p95} | ${p99} | ${points.toFixed(2)} |`,
      )
    }
  }
}

try {
  await (capacity ? printCapacities() : printLatencies())
} finally {
  rmSync(folder, { recursive: true })
}
