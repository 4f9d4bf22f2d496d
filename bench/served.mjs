// How far simulated latencies under open load are from those measured on H200 GPUs. Replays the recorded requests of
// `eclip bench DEMAND` (data/measured/open-load), arrival by arrival. Windows and runs that the host disturbed are left out.
// - The time to dispatch a launch was fitted on the second run, the load of other processes on three later ones.
// - Nothing was fitted on the other runs. Those of new-demands.json.gz were looked at when a rule was kept
//   (docs/accuracy.md), and those of trial-demands.json.gz came after all rules but one: how batches between the
//   smallest and the largest count was set after a run of blind-demands.json.gz.
//
//   npm run build && node bench/served.mjs            at the level of requests
//   npm run build && node bench/served.mjs half       the same, with each contender at half of its goodput
//   npm run build && node bench/served.mjs kernels    kernel by kernel, which takes minutes
//   npm run build && node bench/served.mjs capacity   the load that each contender carries with 99% and 95% in time, found
//                                                     from the same loads as on the GPU and under the same arrivals
//   npm run build && node bench/served.mjs capacity outside.json     of one demand
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findGoodput, loadAt } from '../dist/bench/demand/goodput.js'
import { attainedOf } from '../dist/bench/demand/measure.js'
import { loadDemand } from '../dist/io/demand.js'
import { mean } from '../dist/numbers.js'
import { demandStreams } from '../dist/schedule/serving/demand-streams.js'
import { servingSetup } from '../dist/schedule/serving/setup.js'
import { simulateServing } from '../dist/schedule/serving/simulator.js'
import { MOST_LAG_MS } from '../dist/sender-lag.js'
import { Colocations } from '../dist/size/colocations.js'
import { expectedMs } from '../dist/size/dispatch.js'
import { PlanService } from '../dist/size/plan-service.js'
import { rivalPlan } from '../dist/size/rival-plan.js'
import { serveKernelsDuring } from '../dist/size/serve-kernels.js'
import { stateTimesUs } from '../dist/size/state-times.js'
import { RECORDED } from './open-load.mjs'

/** The seed of the first repeat of the recorded requests, their warm-up, and the seconds measured in each run. */
const SEED = 1
const WARMUP_US = 0.4e6
const SECONDS = [3, 6, 6, 9, ...Array(14).fill(6)]
/**
 * The run that the time to dispatch was fitted on, and those for the load of other processes. From the second of
 * these on, processes were told of the whole device.
 */
const FITTED = [1, 8, 10, 13]
const TOLD_FROM = 8

const kernels = process.argv[2] === 'kernels'
const capacity = process.argv[2] === 'capacity'
const half = process.argv[2] === 'half'
const only = process.argv.slice(2).find((word) => word.endsWith('.json'))
const [seen, ...later] = RECORDED.values()
const demands = Object.assign({}, ...[seen, ...later].map((file) => file.demands))
const runs = [
  ...seen.runs.map((run, r) => ({
    ...run,
    seconds: SECONDS[r],
    told: r >= TOLD_FROM,
    held: FITTED.includes(r) ? 'fitted' : 'not fitted on',
  })),
  ...later.flatMap((file) => file.runs.map((run) => ({ ...run, told: true, held: 'held out' }))),
].filter(({ disturbed }) => !disturbed)
const folder = mkdtempSync(join(tmpdir(), 'eclip-served-'))

/**
 * The time to dispatch a launch of 1 ms if requests run on a thread of their own in worker processes, which took up
 * to 0.2 ms more (docs/accuracy.md). They did so in all runs that do not say otherwise.
 */
const OWN_THREAD_DISPATCH_US = 430

/** The demand that was served in a run. The traces that it names ship with the package. */
function demandOf({ demand: name, readingThread }) {
  const models = demands[name].models.map((model) =>
    model.arrivals?.trace
      ? { ...model, arrivals: { trace: traceCalled(model.arrivals.trace) } }
      : model,
  )
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ ...demands[name], models }))
  const demand = loadDemand(file)
  return readingThread ? demand : withDispatch(demand, OWN_THREAD_DISPATCH_US)
}

function withDispatch({ device, models, ...demand }, us) {
  return {
    ...demand,
    device: { ...device, costs: { ...device.costs, dispatchUs: us } },
    models: models.map(({ profiles, ...model }) => ({
      ...model,
      profiles: profiles.map(({ dispatchUs: _, ...profile }) => profile),
    })),
  }
}

function traceCalled(path) {
  return fileURLToPath(new URL(`../data/traces/${basename(path)}`, import.meta.url))
}

/** The most windows to simulate in a search for a goodput; on the GPU there are fewer. */
const MOST_WINDOWS = 16

/**
 * The recorded contender as a serving plan. Expected times of launches are recorded from the fourth run on. Under
 * MPS, launches only had levels once processes were told of the whole device.
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
      maxDelayMs: models[m].maxDelayMs ?? 0,
      late,
      batches: models[m].batches ?? model.batches,
      expectedMs: models[m].expectedMs ?? model.expectedMs,
      ...(models[m].headStartMs !== undefined && { headStartMs: models[m].headStartMs }),
    })),
  }
}

function colocationOf(plan, colocations) {
  const colocated = plan.models.map(({ share, batches }) => ({ share, batches, most: 3 }))
  return colocations.of(plan.mechanism, colocated)
}

async function replayRequests(demand, plan, colocations, load, endUs, seed = SEED) {
  const colocation = await colocationOf(plan, colocations)
  const { models } = simulateServing({
    setup: servingSetup(plan, demand.device.priorityLevels),
    streams: demandStreams(demand, load, seed),
    service: new PlanService(demand, plan, colocation),
    warmupUs: WARMUP_US,
    endUs,
  })
  return models
}

/** The geometric mean of the ratios, and their mean distance from 1, in percent. */
function errorText(ratios) {
  if (ratios.length === 0) return 'none'
  const bias = 100 * (Math.exp(mean(ratios.map(Math.log))) - 1)
  const sign = bias >= 0 ? '+' : '−'
  return `${(100 * distance(ratios)).toFixed(1)}% (${sign}${Math.abs(bias).toFixed(1)}%)`
}

/** The mean distance of ratios from 1, as a logarithm. */
function distance(ratios) {
  return mean(ratios.map((ratio) => Math.abs(Math.log(ratio))))
}

/**
 * A plan with the expected times of its launches. If none were recorded, they come from the colocation, as in eclip size.
 */
function withExpectedTimes(demand, plan, recorded, colocation) {
  const times = (m, batch) => expectedMs(demand, colocation, m, batch, plan.models.length)
  const models = plan.models.map((model, m) =>
    recorded[m].expectedMs
      ? model
      : { ...model, expectedMs: { [model.batches[0]]: times(m, model.batches[0]) } },
  )
  return { ...plan, models }
}

/**
 * The goodput of a contender under the arrivals of a recorded run. It is read off the loads that were measured, as
 * the measured goodput is, because interpolating between loads that are far apart does not give what a search would
 * find. A search is only made if these loads do not bracket the goodput.
 * @param attained gives what the models attain of the wanted shares of requests in time, at a load
 */
async function simulatedGoodput(attained, loads) {
  const known = []
  for (const load of loads) known.push({ load, models: await attained(load) })
  const read = loadAt(known)
  if (read > 0 && read < Math.max(...loads)) return read
  return findGoodput(attained, 0, MOST_WINDOWS, known)
}

/**
 * For every model its requests at a load, offered and in time, summed over all repeats. Each load is simulated once.
 */
function countsBy(demand, plan, colocations, endUs, repeats) {
  const known = new Map()
  return async (load) => {
    if (known.has(load)) return known.get(load)
    const totals = demand.models.map(() => ({ offered: 0, inTime: 0 }))
    for (let repeat = 0; repeat < repeats; repeat++) {
      const models = await replayRequests(demand, plan, colocations, load, endUs, SEED + repeat)
      models.forEach(({ offered, inTime }, m) => {
        totals[m].offered += offered
        totals[m].inTime += inTime
      })
    }
    known.set(load, totals)
    return totals
  }
}

/** The recorded runs that were asked for, each with its demand, the times of its launches, and when it ends. */
function* chosenRuns() {
  for (const run of runs) {
    if (only !== undefined && run.demand !== only) continue
    const demand = demandOf(run)
    const colocations = colocationsOf(demand, run.told)
    yield { run, demand, colocations, endUs: WARMUP_US + run.seconds * 1e6 }
  }
}

/**
 * Whether a contender's capacity was searched for in several undisturbed windows. A
 * screening at one load has one window.
 */
function isSearched({ mechanism, measurements }) {
  if (mechanism === 'time-slices' || measurements.length < 3) return false
  return measurements.every(({ senderLagMs }) => senderLagMs <= MOST_LAG_MS)
}

/**
 * The goodputs of a contender, measured and simulated: for the shares of requests
 * that the demand asks for, and for 95%.
 */
async function goodputsOf(contender, { run, demand, colocations, endUs }) {
  const bare = planOf(demand, contender, run.told)
  const colocation = await colocationOf(bare, colocations)
  const plan = withExpectedTimes(demand, bare, contender.models, colocation)
  const counts = countsBy(demand, plan, colocations, endUs, run.repeats ?? 1)
  const loads = contender.measurements.map(({ load }) => load)
  const goodputs = []
  for (const wantedOf of [(m) => demand.models[m].quantile, () => 0.95]) {
    const points = contender.measurements.map(({ load, models }) => ({
      load,
      models: attainedOf(models, wantedOf),
    }))
    const attained = async (load) => attainedOf(await counts(load), wantedOf)
    goodputs.push({ measured: loadAt(points), simulated: await simulatedGoodput(attained, loads) })
  }
  return goodputs
}

/**
 * A simulated goodput over the measured one, if that tells something. What held at the largest load that was tried
 * may hold beyond it. In that case, less is too little, and more tells nothing.
 */
function goodputRatio({ measured, simulated }, largestLoad) {
  const isKnown = measured > 0 && (measured < 0.999 * largestLoad || simulated < measured)
  return isKnown ? simulated / measured : undefined
}

async function printCapacities() {
  console.log('| run | contender | measured 99%, 95% | simulated | ratio |')
  console.log('|---|---|---|---|---|')
  const bySetting = new Map()
  for (const chosen of chosenRuns()) {
    const name = chosen.run.demand
    const found = [[], []]
    for (const contender of chosen.run.contenders.filter(isSearched)) {
      const goodputs = await goodputsOf(contender, chosen)
      const largestLoad = Math.max(...contender.measurements.map(({ load }) => load))
      const ratios = goodputs.map((one) => goodputRatio(one, largestLoad))
      for (const [i, ratio] of ratios.entries()) if (ratio !== undefined) found[i].push(ratio)
      if (isRival(contender)) {
        const setting = [name, chosen.run.gpu, chosen.run.told, contender.name].join()
        bySetting.set(setting, [...(bySetting.get(setting) ?? []), { goodputs, ratios }])
      }
      const text = (kind) => goodputs.map((one) => one[kind].toFixed(2)).join(', ')
      const ratioText = ratios.map((ratio) => ratio?.toFixed(2) ?? 'not reached').join(', ')
      console.log(
        `| ${name} | ${contender.name} | ${text('measured')} | ${text('simulated')} | ${ratioText} |`,
      )
    }
    if (found.every(({ length }) => length === 0)) continue
    console.log(`| ${name} | all | | | ${found.map(errorText).join(', ')} |`)
  }
  printRepeats([...bySetting.values()])
}

/** Whether a contender is a setting that was the same in every run, unlike plans of eclip. */
function isRival({ name }) {
  return name === 'streams' || name.startsWith('mps-')
}

/** What settings say that were measured in several runs: how well goodputs repeat, and how far off their mean is. */
function printRepeats(settings) {
  for (const [i, wanted] of ['99%', '95%'].entries()) {
    const told = settings
      .map((runs) => runs.filter(({ ratios }) => ratios[i] !== undefined))
      .filter((runs) => runs.length > 1)
    if (told.length === 0) continue
    const logs = told.map((runs) => runs.map(({ goodputs }) => Math.log(goodputs[i].measured)))
    // The mean of n runs is nearer to each of them than the truth is, by this factor.
    const spreads = logs.flatMap((of) =>
      of.map((one) => Math.abs(one - mean(of)) * Math.sqrt(of.length / (of.length - 1))),
    )
    const errors = told.map((runs) => Math.exp(mean(runs.map(({ ratios }) => Math.log(ratios[i])))))
    console.log(
      `${told.length} settings measured in ${spreads.length} runs: at ${wanted}, one run is ${(100 * mean(spreads)).toFixed(1)}% off, and the mean of a setting's runs is simulated ${errorText(errors)} off`,
    )
  }
}

function colocationsOf(demand, told) {
  return new Colocations(async (mechanism, states) =>
    states.map((launches) => stateTimesUs(demand, mechanism, launches, told)),
  )
}

/** The model whose ratios are furthest off, with the ratios: `alexnet/8 28.6% (+33.2%)`. */
function worstText(ratiosByModel) {
  const [[name, ratios]] = [...ratiosByModel].sort(([, a], [, b]) => distance(b) - distance(a))
  return `${name} ${errorText(ratios)}`
}

/**
 * Windows that tell something. Far past capacity, latencies depend on when a queue began, and on what was dropped.
 */
function comparedWindows({ goodput, measurements }) {
  return measurements.filter(({ load, senderLagMs, models }) => {
    const least = Math.min(...models.map(({ inTime, offered }) => inTime / offered))
    if (senderLagMs > MOST_LAG_MS || least < 0.95) return false
    return !half || Math.abs(load / (goodput / 2) - 1) <= 0.02
  })
}

/** Every model of every compared window of a mechanism, measured and simulated. */
async function comparedModels(mechanism, { run, demand, colocations, endUs }) {
  const compared = []
  let windows = 0
  for (const contender of run.contenders.filter((one) => one.mechanism === mechanism)) {
    const plan = planOf(demand, contender, run.told)
    for (const { load, models } of comparedWindows(contender)) {
      const told = { load, seed: SEED, warmupUs: WARMUP_US, endUs, told: run.told }
      const simulated = kernels
        ? serveKernelsDuring(demand, plan, told).models
        : await replayRequests(demand, plan, colocations, load, endUs)
      windows++
      models.forEach((measured, m) => {
        compared.push({ name: demand.models[m].name, measured, simulated: simulated[m] })
      })
    }
  }
  return { compared, windows }
}

async function printLatencies() {
  console.log(
    '| run | mechanism | windows | p50 | worst model at p50 | p95 | p99 | attainment, points |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const chosen of chosenRuns()) {
    for (const mechanism of ['mps', 'streams']) {
      const { compared, windows } = await comparedModels(mechanism, chosen)
      if (windows === 0) continue
      const ratioAt = (quantile, field) => {
        return ({ measured, simulated }) =>
          simulated.latencyUs.quantile(quantile) / 1000 / measured[field]
      }
      const medianRatio = ratioAt(0.5, 'p50Ms')
      const medians = new Map()
      for (const one of compared) {
        medians.set(one.name, [...(medians.get(one.name) ?? []), medianRatio(one)])
      }
      // Where only what was printed of a run is left, there is no p99.
      const errors = [medianRatio, ratioAt(0.95, 'p95Ms'), ratioAt(0.99, 'p99Ms')].map((ratio) =>
        errorText(compared.map(ratio).filter((found) => !Number.isNaN(found))),
      )
      const points = compared.map(({ measured: { inTime, offered }, simulated }) =>
        Math.abs(simulated.attainment - inTime / offered),
      )
      const { demand, held } = chosen.run
      const [p50, p95, p99] = errors
      console.log(
        `| ${demand}, ${held} | ${mechanism} | ${windows} | ${p50} | ${worstText(medians)} | ${p95} | ${p99} | ${(100 * mean(points)).toFixed(2)} |`,
      )
    }
  }
}

try {
  await (capacity ? printCapacities() : printLatencies())
} finally {
  rmSync(folder, { recursive: true })
}
