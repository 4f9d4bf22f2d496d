import type { Profile } from '../../profile/profile.js'
import { deviceName } from '../characterize/device-file.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** A profile made on this machine, and how well it adds up. */
export interface ProfiledModel {
  readonly profile: Profile
  /** Compute units of the whole device. */
  readonly cus: number
  /** Time of a request on the whole device by its kernels alone, see `replayUs`. */
  readonly kernelsUs: number
  /** The same with the gaps between kernels that the profiler saw. */
  readonly withGapsUs: number
  /** Time of the whole graph, measured without the profiler. */
  readonly latencyUs: number | undefined
}

/** As long as power takes to be measured: energy counters move in steps. */
const POWER_RUN = { seconds: 2, warmSeconds: 0.5 } as const

/**
 * Measures every kernel of a model in a process of its own, as kernels run slower in one that has
 * profiled before, and its power alone in another.
 */
export async function profileModel(
  model: string,
  batch: number,
  options: WorkerProcessOptions,
): Promise<ProfiledModel> {
  const {
    profile,
    gapsUs = [],
    after,
  } = await inWorker(model, batch, options, (worker) => worker.profile(model, batch))
  const powerW = await inWorker(model, batch, options, (worker) =>
    measurePower(worker, model, batch),
  )
  const cus = Math.max(...Object.keys(profile.kernels[0].durationUs).map(Number))
  const durationsUs = profile.kernels.map((kernel) => kernel.durationUs[cus])
  const waits = after ?? durationsUs.map((_, i) => (i > 0 ? [i - 1] : []))
  return {
    profile: { ...profile, device: deviceName(profile.device), ...(powerW && { powerW }) },
    cus,
    kernelsUs: replayUs(durationsUs, waits),
    withGapsUs: replayUs(durationsUs, waits, gapsUs),
    latencyUs: profile.latencyUs?.[cus],
  }
}

async function inWorker<T>(
  model: string,
  batch: number,
  options: WorkerProcessOptions,
  work: (worker: TorchWorker) => Promise<T>,
): Promise<T> {
  const worker = await TorchWorker.start(options)
  try {
    await worker.load({ worker: model, model, batches: [batch] })
    return await work(worker)
  } finally {
    await worker.close()
  }
}

/** Power of the device under requests that follow one another; undefined where it is not metered. */
async function measurePower(
  worker: TorchWorker,
  model: string,
  batch: number,
): Promise<number | undefined> {
  if (!worker.hello.features.energy) return undefined
  const load = { kind: 'closed' } as const
  const ran = await worker.run({ ...POWER_RUN, workers: [{ worker: model, batch, load }] })
  return ran.energy?.powerW
}

/**
 * When the last kernel ends if each starts a gap after all it waits for have ended. Without gaps
 * this is the least a graph can take; with the gaps that were seen it is about the most, as the
 * profiler stretches them.
 *
 * @param after for each kernel those it waits for, which come before it
 * @param gapsUs start of each kernel less the end of the one before; negative side by side
 */
export function replayUs(
  durationsUs: readonly number[],
  after: readonly (readonly number[])[],
  gapsUs: readonly number[] = [],
): number {
  const endsUs: number[] = []
  for (const [i, durationUs] of durationsUs.entries()) {
    const readyUs = after[i].reduce((latest, k) => Math.max(latest, endsUs[k]), 0)
    endsUs.push(readyUs + Math.max(0, gapsUs[i] ?? 0) + durationUs)
  }
  return endsUs.reduce((latest, endUs) => Math.max(latest, endUs), 0)
}
