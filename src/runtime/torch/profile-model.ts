import { sum } from '../../numbers.js'
import type { Profile } from '../../profile/profile.js'
import { deviceName } from '../characterize/device-file.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** A profile made on this machine, and how well it adds up. */
export interface ProfiledModel {
  readonly profile: Profile
  /** Compute units of the whole device. */
  readonly cus: number
  /** Time of a request that its kernels and the gaps between them add up to, on the whole device. */
  readonly kernelsUs: number
  /** Time of the whole graph, measured without the profiler. */
  readonly latencyUs: number | undefined
}

/**
 * Measures every kernel of a model, in a process of its own: kernels run slower in one that has
 * profiled before.
 */
export async function profileModel(
  model: string,
  batch: number,
  options: WorkerProcessOptions,
): Promise<ProfiledModel> {
  const worker = await TorchWorker.start(options)
  try {
    await worker.load({ worker: model, model, batches: [batch] })
    const { profile, gapsUs = [] } = await worker.profile(model, batch)
    const cus = Math.max(...Object.keys(profile.kernels[0].durationUs).map(Number))
    const durationsUs = profile.kernels.map((kernel) => kernel.durationUs[cus])
    return {
      profile: { ...profile, device: deviceName(profile.device) },
      cus,
      kernelsUs: sum(durationsUs) + sum(gapsUs),
      latencyUs: profile.latencyUs?.[cus],
    }
  } finally {
    await worker.close()
  }
}
