import { isDeepStrictEqual } from 'node:util'
import { type Device, isHost, totalCus } from '../device/device.js'
import { InputError, WorkError } from '../errors.js'
import { type GroupOnGranules, groupsOnGranules } from '../plan/groups-on-granules.js'
import type { Plan, WorkerPlan } from '../plan/plan.js'
import { plural } from '../plural.js'
import type { Demand } from '../workload/demand.js'
import type { Load, Scenario } from '../workload/scenario.js'
import { modelRequest } from './model-request.js'
import type { Hello, Loaded, LoadKind, LoadRequest, PlanRequest, RunRequest } from './protocol.js'

/** How long a run is, and the seed of its random arrivals. */
export interface RunSettings {
  readonly seconds: number
  readonly seed: number
}

/** The time before each window, which is not measured, in s. */
export const WARM_SECONDS = 0.3

/** Requests that load every worker's model at its batch size. */
export function loadRequests({ workers }: Scenario): LoadRequest[] {
  return workers.map(({ name, profile }) => ({
    worker: name,
    batches: [profile.batch],
    ...modelRequest(profile),
  }))
}

/**
 * The worker process cannot partition a host, even if the host's OpenCL device can.
 * @throws WorkError if the GPU is not the one that the workload was planned for
 */
export function checkDevice({ device }: Scenario, hello: Hello): void {
  if (isHost(device) && hello.device.kind === 'cpu') return
  const cus = device.granules.map((granule) => granule.cus)
  if (!isDeepStrictEqual(cus, hello.device.granules)) throw anotherDevice('workload', device, hello)
}

/**
 * A demand is served under shares, for which a GPU needs no granules.
 * @param hello from a process outside MPS, since under MPS it may be told of its share alone
 * @throws WorkError if the GPU is not the one that the demand is for
 */
export function checkCus({ device }: Demand, hello: Hello): void {
  if (isHost(device) && hello.device.kind === 'cpu') return
  if (totalCus(device) !== hello.device.cus) throw anotherDevice('demand', device, hello)
}

function anotherDevice(made: 'workload' | 'demand', device: Device, { device: found }: Hello) {
  const asked = `${device.name} (${plural(totalCus(device), 'CU')} in ${plural(device.granules.length, 'granule')})`
  const here = `${found.name} (${plural(found.cus, 'CU')} in ${plural(found.granules.length, 'granule')})`
  return new WorkError(
    `the ${made} is for ${asked}, this machine has ${here}: measure it with eclip characterize`,
  )
}

/**
 * On a host, a model has operators instead of kernels, and no graph of it is captured.
 * @throws WorkError if a model's kernels here differ from those in its profile
 */
export function checkKernels({ device, workers }: Scenario, loaded: readonly Loaded[]): void {
  if (isHost(device)) return
  workers.forEach(({ profile }, i) => {
    const [batch] = loaded[i].batches
    const model = `${profile.model} at batch ${profile.batch}`
    if (batch.mode === 'eager')
      throw new WorkError(`${model} cannot be captured as a graph: ${batch.reason ?? 'no reason'}`)
    if (batch.kernels !== profile.kernels.length)
      throw new WorkError(
        `${model} has ${batch.kernels} kernels here and ${profile.kernels.length} in its profile: make one with eclip profile`,
      )
  })
}

/** A plan in the form that the worker process takes. */
export function planRequest(scenario: Scenario, plan: Plan): PlanRequest {
  return Object.fromEntries(
    plan.workers.map((worker) => [
      worker.name,
      { [worker.batch]: groupRequests(scenario, plan, worker) },
    ]),
  )
}

/**
 * The groups of a worker. Null, which means no partition, if every kernel may use the whole device (or its
 * process's share) at the same priority.
 */
function groupRequests(
  { device }: Scenario,
  plan: Plan,
  worker: WorkerPlan,
): readonly GroupOnGranules[] | null {
  const groups = groupsOnGranules(plan, worker)
  const isPlain = groups.every(
    ({ granules, priority }) =>
      (granules.length === 0 || granules.length === device.granules.length) && priority === 0,
  )
  return isPlain ? null : groups
}

/** A request that runs all workers of the mix under their loads. */
export function runRequest(scenario: Scenario, settings: RunSettings): RunRequest {
  return {
    seconds: settings.seconds,
    warmSeconds: WARM_SECONDS,
    workers: scenario.workers.map(({ name, profile, load }, i) => ({
      worker: name,
      batch: profile.batch,
      load: loadKind(load, settings.seed + i),
    })),
  }
}

/** @throws InputError for a trace or a clock, because the worker process draws its own arrivals */
function loadKind(load: Load, seed: number): LoadKind {
  if (load.kind === 'closed') return { kind: 'closed' }
  if (load.kind === 'poisson') return { kind: 'poisson', rate: load.ratePerSecond, seed }
  throw new InputError({
    file: 'workload',
    path: 'workers.load',
    expected: 'closed or poisson',
    found: `${load.kind}, which only the simulator replays`,
  })
}
