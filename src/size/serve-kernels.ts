import { sum } from '../numbers.js'
import { instanceModels, type ServingPlan } from '../plan/serving-plan.js'
import { demandStreams } from '../schedule/serving/demand-streams.js'
import { servingSetup } from '../schedule/serving/setup.js'
import { energyParts } from '../simulate/model/power.js'
import type { SimulationOptions, SimulationResult } from '../simulate/result.js'
import { type ServedResult, simulateServed } from '../simulate/simulate-served.js'
import type { Demand } from '../workload/demand.js'
import { dispatchUs, nthDispatchUs } from './dispatch.js'
import { kernelRun, profileAt } from './kernel-run.js'
import type { LaunchClass } from './launch-class.js'

/** In one run, the requests of the least busy model, and the most kernels of all models together. */
const LEAST_REQUESTS = 400
const MOST_KERNELS = 0.4e6
const WARMUP_US = 0.3e6
/** Time given to requests that are under way at the end, as a multiple of the longest target. */
const LAST_TARGETS = 3

/** What a plan does under a load, kernel by kernel, with one value per model. */
export interface KernelLevel {
  readonly attainment: readonly number[]
  readonly p95Ms: readonly number[]
  /** Requests answered. */
  readonly answered: readonly number[]
  /**
   * Energy per answered request of each model in J, NaN if none was answered. Together they account
   * for all energy of the device.
   */
  readonly modelJoulesPerRequest: readonly number[]
  /** Mean power of the device in W, and its energy per answered request in J. */
  readonly powerW: number
  readonly joulesPerRequest: number
}

/** Serves a demand at a multiple of its rates on the simulated device, kernel by kernel. */
export function serveKernels(
  demand: Demand,
  plan: ServingPlan,
  load: number,
  seed: number,
): KernelLevel {
  const rates = demand.models.map(({ ratePerSecond }) => ratePerSecond * load)
  const kernelsPerS = sum(
    demand.models.map(({ profiles }, m) => rates[m] * profiles[0].kernels.length),
  )
  const seconds = Math.min(LEAST_REQUESTS / Math.min(...rates), MOST_KERNELS / kernelsPerS)
  const endUs = WARMUP_US + seconds * 1e6
  const run = { load, seed, warmupUs: WARMUP_US, endUs }
  const { models, device } = serveKernelsDuring(demand, plan, run)
  const answered = models.map((counts) => counts.answered)
  const parts = partsOfModels(demand, plan, device)
  return {
    attainment: models.map((counts) => counts.attainment),
    p95Ms: models.map((counts) => counts.latencyUs.quantile(0.95) / 1000),
    answered,
    modelJoulesPerRequest: parts.map((part, m) =>
      answered[m] > 0 ? (part * device.energyJ) / answered[m] : Number.NaN,
    ),
    powerW: device.powerW,
    joulesPerRequest: device.energyJ / sum(answered),
  }
}

/** The share of the device's energy that each model is charged with. */
function partsOfModels(demand: Demand, plan: ServingPlan, device: SimulationResult): number[] {
  const launches = launchesOf(plan)
  const activities = launches.map(({ model, batch }, worker) => ({
    profile: profileAt(demand, model, batch),
    requestsPerSecond: device.workers[worker].requestsPerSecond,
  }))
  const parts = energyParts(demand.device, activities)
  return plan.models.map((_, m) => sum(parts.filter((_, worker) => launches[worker].model === m)))
}

/** A worker for each pair of instance and batch size, in the form that the kernel-level simulator takes. */
function launchesOf(plan: ServingPlan): LaunchClass[] {
  return instanceModels(plan).flatMap((model) =>
    plan.models[model].batches.map((batch) => ({ model, batch, share: plan.models[model].share })),
  )
}

/** A run in which requests arrive until `endUs` and count after the warm-up. Times in µs. */
interface KernelLevelRun extends Pick<SimulationOptions, 'seed' | 'warmupUs' | 'told'> {
  /** A multiple of the demand's rates. */
  readonly load: number
  readonly endUs: number
}

/** Like `serveKernels`, but requests arrive until a given time. */
export function serveKernelsDuring(
  demand: Demand,
  plan: ServingPlan,
  { load, seed, warmupUs, endUs, told }: KernelLevelRun,
): ServedResult {
  const instances = instanceModels(plan)
  const firstOf = instances.map((_, i) =>
    sum(instances.slice(0, i).map((model) => plan.models[model].batches.length)),
  )
  const { scenario, plan: partitions } = kernelRun(demand, plan.mechanism, launchesOf(plan))
  const lastUs = LAST_TARGETS * Math.max(...demand.models.map(({ targetUs }) => targetUs))
  const durationUs = endUs - warmupUs + lastUs
  const options = { seed, warmupUs, durationUs, mode: 'coarse', told } as const
  return simulateServed(scenario, partitions, options, {
    setup: servingSetup(plan, demand.device.priorityLevels),
    streams: demandStreams(demand, load, seed),
    workerOf: (instance, batch) =>
      firstOf[instance] + plan.models[instances[instance]].batches.indexOf(batch),
    endUs,
    dispatchUs: (instance, batch, nth) =>
      nthDispatchUs(dispatchUs(demand, instances[instance], batch), nth),
  })
}
