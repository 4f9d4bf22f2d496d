import { type Device, totalCus } from '../device/device.js'
import { limitsProcesses } from '../device/share.js'
import { describe, InputError } from '../errors.js'
import { distinctLayouts, maximalLayouts } from '../mig/enumerate.js'
import {
  hasMig,
  type PartitionableGpu,
  type PartitionProfile,
  standardProfiles,
} from '../mig/gpu.js'
import { gpus } from '../mig/gpus/registry.js'
import { sum } from '../numbers.js'
import { buildPlan, PoolBuilder } from '../plan/build.js'
import type { Plan } from '../plan/plan.js'
import { requestUs } from '../profile/duration.js'
import type { Scenario } from '../workload/scenario.js'
import { bestSimulated, type ChoiceEvidence } from './best-simulated.js'
import { granulesOfInstances } from './instance-granules.js'
import type { Policy } from './policy.js'

/** The instances of a layout that are used, and the instance of each worker. */
interface Seating {
  readonly instances: readonly PartitionProfile[]
  readonly ofWorker: readonly number[]
}

/** How many seatings are simulated: those that look best by the profiles alone. */
const MOST_SIMULATED = 8

/**
 * A hardware instance for each worker: fixed compute units, and a fixed part of the memory bandwidth and the
 * L2 cache that nobody else uses. Layouts and the seating of workers in them are ranked by how long requests
 * take on as many compute units, and the most promising ones are simulated. If there are more workers than
 * instances, workers are dealt to the instances of the layout with the most, and those on one instance share
 * it.
 */
export const mig: Policy = {
  name: 'mig',
  summary: 'a MIG instance each, with memory bandwidth of its own, in the best layout',
  source: 'NVIDIA Multi-Instance GPU User Guide',
  runsOn: (device) => gpuOf(device) !== undefined,
  compared: 'on-request',
  plan: async (scenario, context) => {
    const gpu = gpuOf(scenario.device)
    if (gpu === undefined) {
      const expected = 'a device whose MIG instances are known'
      const found = describe(scenario.device.name)
      throw new InputError({ file: 'mig', path: 'device', expected, found })
    }
    return bestSimulated(scenario, context, {
      settings: likeliestSeatings(scenario, gpu),
      planOf: (seating, evidence) => planOf(scenario, gpu, seating, evidence),
      wordsOf: ({ instances, ofWorker }) => ({
        instances: ofWorker.map((i) => sizeOf(instances[i])),
      }),
      method: `the ${MOST_SIMULATED} likeliest layouts and seatings, simulated`,
    })
  },
}

/**
 * The partitionable GPU that a device is, judged by its compute units, if its granules are no
 * larger than instances.
 */
function gpuOf(device: Device): PartitionableGpu | undefined {
  const largest = Math.max(...device.granules.map(({ cus }) => cus))
  return [...gpus.values()].find(
    (gpu) =>
      hasMig(gpu) &&
      limitsProcesses(device) &&
      gpu.cus === totalCus(device) &&
      standardProfiles(gpu).every(({ cus }) => cus >= largest),
  )
}

/** The name of an instance's size, such as `3g`, which is the same on every GPU whatever the instance's memory. */
function sizeOf({ computeSlices }: PartitionProfile): string {
  return `${computeSlices}g`
}

/**
 * The most promising seatings by the workers' rates, each relative to the worker's rate on the whole
 * device. Half of them have the largest sums of these rates, and half the largest minimum. Seatings
 * that promise every minimum share come first.
 */
function likeliestSeatings(scenario: Scenario, gpu: PartitionableGpu): Seating[] {
  const { device, workers } = scenario
  const rateOn = (w: number, { cus }: PartitionProfile): number =>
    requestUs(workers[w].profile, totalCus(device)) / requestUs(workers[w].profile, cus)
  const promises = seatingsOf(gpu, workers.length).map((seating) => {
    const rates = seating.ofWorker.map((i, w) => rateOn(w, seating.instances[i]))
    const missed = sum(workers.map((one, w) => Math.max(0, one.minimumShare - rates[w])))
    return { seating, missed, together: sum(rates), lowest: Math.min(...rates) }
  })
  const best = (by: 'together' | 'lowest') =>
    promises
      .toSorted((a, b) => a.missed - b.missed || b[by] - a[by])
      .slice(0, MOST_SIMULATED / 2)
      .map(({ seating }) => seating)
  return [...new Set([...best('together'), ...best('lowest')])]
}

/** Every way to give each worker its own instance, layout after layout. */
export function seatingsOf(gpu: PartitionableGpu, workers: number): Seating[] {
  const layouts = distinctLayouts(maximalLayouts(gpu))
  const profiles = layouts.map((layout) => layout.map(({ profile }) => profile))
  const [smallest] = profiles.toSorted((a, b) => b.length - a.length)
  if (workers > smallest.length) return [dealtTo(smallest, workers)]
  const found = new Map<string, Seating>()
  for (const instances of profiles) {
    for (const chosen of choices(instances, workers)) {
      const key = chosen.map(({ name }) => name).join()
      found.set(key, { instances: chosen, ofWorker: chosen.map((_, w) => w) })
    }
  }
  return [...found.values()]
}

function dealtTo(instances: readonly PartitionProfile[], workers: number): Seating {
  return { instances, ofWorker: Array.from({ length: workers }, (_, w) => w % instances.length) }
}

/** Every sequence of `count` of the instances, where equal instances are interchangeable. */
function choices(instances: readonly PartitionProfile[], count: number): PartitionProfile[][] {
  if (count === 0) return [[]]
  return [...new Set(instances)].flatMap((first) => {
    const rest = instances.toSpliced(instances.indexOf(first), 1)
    return choices(rest, count - 1).map((others) => [first, ...others])
  })
}

function planOf(
  scenario: Scenario,
  gpu: PartitionableGpu,
  { instances, ofWorker }: Seating,
  evidence: ChoiceEvidence,
): Plan {
  const pool = new PoolBuilder()
  const granules = granulesOfInstances(
    scenario.device,
    instances.map(({ cus }) => cus),
  )
  instances.forEach(({ memorySlices }, i) => {
    pool.instance(granules[i], memorySlices / gpu.memorySlices)
  })
  const groups = scenario.workers.map(({ profile }, w) => [
    { kernels: profile.kernels.length, partition: ofWorker[w], priority: 0 },
  ])
  return buildPlan(scenario, {
    mechanism: 'mig',
    pool: pool.entries,
    groups,
    evidence: { policy: 'mig', ...evidence },
  })
}
