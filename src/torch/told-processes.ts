import { setTimeout as sleep } from 'node:timers/promises'
import { mpsShare, tellOfWholeDevice } from '../binding/mps/client.js'
import { startMps } from '../binding/mps/daemon.js'
import { PLANNED_PERCENTS } from '../device/share.js'
import { attempted, WorkError } from '../errors.js'
import { nowUs } from '../now.js'
import { clamp, median } from '../numbers.js'
import { requestUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import { type ToldDevice, type ToldTimes, withToldLatencies } from '../profile/told.js'
import { withForkServer } from './fork-server.js'
import { modelRequest } from './model-request.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** A worker process under a share of MPS that is told that it has the whole device. */
export interface ToldProcess {
  readonly percent: number
  readonly worker: TorchWorker
}

/** Requests follow one another for this long, and until there have been at least this many. */
const RUN = { seconds: 0.2, warmSeconds: 0.05 } as const
const FEWEST_REQUESTS = 5
/** Round trips under each share take about this long in total, in µs, within limits on their number. */
const TRIPS_US = 1e5
const [FEWEST_TRIPS, MOST_TRIPS] = [3, 10]
/** Pause between two round trips, in ms, so that the GPU and the host are as idle as under few requests. */
const PAUSE_MS = 1
/** The model that a process has loaded. */
const NAME = 'told'

/**
 * Starts a process for each share under an MPS daemon of our own, and ends all of them after the work.
 * @throws NoMps, and WorkError if a process does not come up
 */
export async function withToldProcesses<T>(
  percents: readonly number[],
  options: WorkerProcessOptions,
  work: (processes: readonly ToldProcess[]) => Promise<T>,
): Promise<T> {
  const daemon = startMps(options.environment)
  try {
    const settled = await Promise.allSettled(
      percents.map(async (percent) => {
        const share = mpsShare(percent, percents.length)
        const environment = { ...options.environment, ...daemon.environment, ...share }
        // If the daemon gives a process no GPU, the process must report that instead of running on
        // the CPU.
        const worker = await TorchWorker.start({ ...options, device: 'cuda', environment })
        return { percent, worker }
      }),
    )
    const processes = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    try {
      throwFirst(settled)
      return await work(processes)
    } finally {
      await Promise.all(processes.map(({ worker }) => worker.close()))
    }
  } finally {
    daemon.stop()
  }
}

/** Results of measuring models in such processes. */
export interface Told {
  /** Profiles with the measurements added, by the profiles that were given. */
  readonly profiles: ReadonlyMap<Profile, Profile>
  readonly failures: readonly { readonly model: string; readonly reason: string }[]
}

/**
 * Measures how long requests take alone in a process under every share that `eclip size` tries, and how much longer
 * they take one at a time, and adds both to their profiles. One model is loaded at a time, and one process runs it at a
 * time, which takes about three seconds for each batch size.
 * @param models for each model, its profiles on the whole device, one for each batch size
 * @param measuring called with the name of every model before it is measured
 * @throws WorkError as `withToldProcesses` does, and if processes cannot be told that they have the whole device
 */
export async function profileTold(
  models: readonly (readonly Profile[])[],
  device: ToldDevice,
  options: WorkerProcessOptions,
  measuring: (model: string) => void,
): Promise<Told> {
  tellOfWholeDevice()
  const specifications = models.map(([profile]) => modelRequest(profile).model)
  return withForkServer(specifications, (forkServer) =>
    withToldProcesses(PLANNED_PERCENTS, { ...options, forkServer }, (processes) =>
      measureAll(models, processes, device, measuring),
    ),
  )
}

async function measureAll(
  models: readonly (readonly Profile[])[],
  processes: readonly ToldProcess[],
  device: ToldDevice,
  measuring: (model: string) => void,
): Promise<Told> {
  const measured: ToldTimes[] = []
  const failures: { model: string; reason: string }[] = []
  for (const profiles of models) {
    const [{ model }] = profiles
    measuring(model)
    const times = await attempted(() => measureModel(profiles, processes))
    if (times instanceof WorkError) failures.push({ model, reason: times.message })
    else measured.push(...times)
  }
  const told = withToldLatencies(measured, device)
  return { profiles: new Map(measured.map(({ profile }, i) => [profile, told[i]])), failures }
}

async function measureModel(
  profiles: readonly Profile[],
  processes: readonly ToldProcess[],
): Promise<ToldTimes[]> {
  const request = modelRequest(profiles[0])
  const batches = profiles.map(({ batch }) => batch)
  const loading = processes.map(({ worker }) => worker.load({ worker: NAME, batches, ...request }))
  const loaded = await Promise.allSettled(loading)
  try {
    throwFirst(loaded)
    const times = profiles.map((profile) => ({
      profile,
      periodsUs: new Map<number, number>(),
      tripsUs: new Map<number, number>(),
    }))
    for (const { percent, worker } of processes) {
      for (const { profile, periodsUs, tripsUs } of times) {
        const us = await periodUs(worker, NAME, profile, percent)
        const trips = clamp(Math.floor(TRIPS_US / us), FEWEST_TRIPS, MOST_TRIPS)
        periodsUs.set(percent, us)
        tripsUs.set(percent, median(await roundTripsUs(worker, NAME, profile.batch, trips)))
      }
    }
    return times
  } finally {
    await Promise.allSettled(processes.map(({ worker }) => worker.unload(NAME)))
  }
}

function throwFirst(settled: readonly PromiseSettledResult<unknown>[]): void {
  for (const one of settled) if (one.status === 'rejected') throw one.reason
}

/** Times of requests that are asked for one at a time over the worker's socket, in µs. */
export async function roundTripsUs(
  worker: Pick<TorchWorker, 'infer'>,
  name: string,
  batch: number,
  count: number,
): Promise<number[]> {
  const timesUs: number[] = []
  while (timesUs.length < count) {
    await sleep(PAUSE_MS)
    const beganUs = nowUs()
    await worker.infer({ worker: name, batch, slot: 0, level: 0, tensors: false })
    timesUs.push(nowUs() - beganUs)
  }
  return timesUs
}

/**
 * Time from one request to the next in a process under a share, in µs.
 * @param name the name under which the process knows the profile's model
 */
export async function periodUs(
  worker: Pick<TorchWorker, 'run'>,
  name: string,
  profile: Profile,
  percent: number,
): Promise<number> {
  const cus = Math.max(...Object.keys(profile.kernels[0].durationUs).map(Number))
  const expectedS = requestUs(profile, (cus * percent) / 100) / 1e6
  const seconds = Math.max(RUN.seconds, FEWEST_REQUESTS * expectedS)
  const { batch, model } = profile
  const load = { kind: 'closed' } as const
  const ran = await worker.run({ ...RUN, seconds, workers: [{ worker: name, batch, load }] })
  const [{ rps }] = ran.workers
  if (rps > 0) return 1e6 / rps
  throw new WorkError(`no request of ${model} at batch ${batch} ended within ${seconds} s`)
}
