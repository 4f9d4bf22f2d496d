import type { Profile } from '../../profile/profile.js'
import { deviceName } from '../characterize/device-file.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** A profile made on this machine, and how well it adds up. */
export interface ProfiledModel {
  readonly profile: Profile
  /** Compute units of the whole device. */
  readonly cus: number
  /** Time of a request on the whole device by its kernels and memsets alone, see `replayUs`. */
  readonly kernelsUs: number
  /** The same with the gaps between kernels that the profiler saw. */
  readonly withGapsUs: number
  /** Time of the whole graph, measured without the profiler. */
  readonly latencyUs: number | undefined
}

/** As long as power takes to be measured: energy counters move in steps. */
const POWER_RUN = { seconds: 2, warmSeconds: 0.5 } as const

/**
 * Measures a model in a process of its own: its power alone first, then every kernel, as kernels
 * run slower in a process that has profiled before.
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
    const { profile, gapsUs, after } = await worker.profile(model, batch)
    const device = deviceName(profile.device)
    return addUp({ ...profile, device, ...(powerW && { powerW }) }, gapsUs, after)
  } finally {
    await worker.close()
  }
}

/**
 * What a profile adds up to on the whole device.
 *
 * @param gapsUs start of each kernel less the end of the one before
 * @param after for each kernel those it waits for; absent: the one before
 */
export function addUp(
  profile: Profile,
  gapsUs: readonly number[] = [],
  after?: readonly (readonly number[])[],
): ProfiledModel {
  const { kernels } = profile
  const cus = Math.max(...Object.keys(kernels[0].durationUs).map(Number))
  const durationsUs = kernels.map((kernel) => kernel.durationUs[cus])
  const memsetsUs = kernels.map((kernel) => kernel.memsetUs?.[cus] ?? 0)
  const waits = after ?? waitsOf(profile)
  return {
    profile,
    cus,
    kernelsUs: replayUs(durationsUs, waits, memsetsUs),
    withGapsUs: replayUs(durationsUs, waits, gapsUs),
    latencyUs: profile.latencyUs?.[cus],
  }
}

/** For each kernel those it waits for: the one before it, except in parallel stretches. */
export function waitsOf({ kernels, parallel = [] }: Profile): number[][] {
  const after = kernels.map((_, i) => (i > 0 ? [i - 1] : []))
  for (const { first, count, chain, lanes } of parallel) {
    const chains = count / chain
    const endOf = (k: number) => first + (k + 1) * chain - 1
    for (let k = 0; k < chains; k++)
      after[first + k * chain] = [k < lanes ? first - 1 : endOf(k - lanes)]
    if (first + count < after.length)
      after[first + count] = Array.from({ length: lanes }, (_, i) => endOf(chains - 1 - i))
  }
  return after
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
