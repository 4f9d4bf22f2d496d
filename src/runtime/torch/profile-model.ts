import type { Profile } from '../../profile/profile.js'
import { deviceName } from '../characterize/device-file.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** A profile made on this machine, and how well it adds up. */
export interface ProfiledModel {
  readonly profile: Profile
  /** Compute units of the whole device. */
  readonly cus: number
  /** Time of a request on the whole device by its kernels, see `replayUs`. */
  readonly kernelsUs: number
  /** Time of the whole graph, measured without the profiler. */
  readonly latencyUs: number | undefined
}

/** As long as power takes to be measured: energy counters move in steps. */
const POWER_RUN = { seconds: 2, warmSeconds: 0.5 } as const

/**
 * Measures every kernel of a model and its power alone, in a process of its own: kernels run slower
 * in one that has profiled before.
 */
export async function profileModel(
  model: string,
  batch: number,
  options: WorkerProcessOptions,
): Promise<ProfiledModel> {
  const worker = await TorchWorker.start(options)
  try {
    await worker.load({ worker: model, model, batches: [batch] })
    const powerW = await measurePower(worker, model, batch)
    const { profile, after } = await worker.profile(model, batch)
    const cus = Math.max(...Object.keys(profile.kernels[0].durationUs).map(Number))
    const durationsUs = profile.kernels.map((kernel) => kernel.durationUs[cus])
    return {
      profile: { ...profile, device: deviceName(profile.device), ...(powerW && { powerW }) },
      cus,
      kernelsUs: replayUs(durationsUs, after ?? durationsUs.map((_, i) => (i > 0 ? [i - 1] : []))),
      latencyUs: profile.latencyUs?.[cus],
    }
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
 * When the last kernel ends if each starts as soon as all it waits for have ended: a graph alone on
 * the device hides its launches, so that its kernels follow one another without gaps.
 *
 * @param after for each kernel those it waits for, which come before it
 */
export function replayUs(
  durationsUs: readonly number[],
  after: readonly (readonly number[])[],
): number {
  const endsUs: number[] = []
  for (const [i, durationUs] of durationsUs.entries()) {
    const startUs = after[i].reduce((latest, k) => Math.max(latest, endsUs[k]), 0)
    endsUs.push(startUs + durationUs)
  }
  return endsUs.reduce((latest, endUs) => Math.max(latest, endUs), 0)
}
