import { deviceName } from '../device/device-name.js'
import { WorkError } from '../errors.js'
import type { Interference } from '../profile/interference.js'
import type { Profile } from '../profile/profile.js'
import { halvesOf, loadHogs, measureInterference, unloadHogs } from './hogs.js'
import type { ModelRequest } from './model-request.js'
import type { Hello, Loaded } from './protocol.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** How to start the worker process, and how profiles name the device that it runs on. */
export interface ProfilingOptions extends WorkerProcessOptions {
  /** If absent, the device is named after what the driver calls it. */
  readonly nameDevice?: (ranOn: Hello['device']) => string
}

/** A profile, and what it adds up to on the whole device. */
export interface ProfiledModel {
  readonly profile: Profile
  /** Compute units of the whole device. */
  readonly cus: number
  /** What the kernels of a request take by themselves, as `replayUs` computes it. */
  readonly kernelsUs: number
  /** The same with the memsets before kernels. */
  readonly withMemsetsUs: number
  /** The same with the profile's gap before each kernel as well: what the profile adds up to. */
  readonly totalUs: number
  /** Time of the whole graph, measured without the profiler. */
  readonly latencyUs: number | undefined
  /** Why nothing was measured beside hogs; absent if it was. */
  readonly unprobed?: string
}

/** The only worker of the process. */
const NAME = 'profiled'

/** Power takes this long to measure, because energy counters move in steps. */
const POWER_RUN = { seconds: 2, warmSeconds: 0.5 } as const

/**
 * Measures a model at some batch sizes in a process of its own: its power alone first, then itself beside
 * hogs where the device has partitions, then every kernel, as kernels run slower in a process that has
 * profiled before.
 * @param batches without repetition
 * @returns what was measured, in the order of `batches`
 */
export async function profileModel(
  request: ModelRequest,
  batches: readonly number[],
  { nameDevice = ({ name }) => deviceName(name), ...options }: ProfilingOptions,
): Promise<ProfiledModel[]> {
  const worker = await TorchWorker.start(options)
  try {
    const device = nameDevice(worker.hello.device)
    const loaded = await worker.load({ worker: NAME, batches, ...request })
    const powersW = new Map<number, number | undefined>()
    for (const batch of batches) powersW.set(batch, await measurePower(worker, batch))
    const beside = await besideHogs(worker, loaded)
    const measured: ProfiledModel[] = []
    for (const batch of batches) {
      const { profile, after } = await worker.profile(NAME, batch)
      const powerW = powersW.get(batch)
      const { interference, unprobed } = beside(batch)
      const facts = { device, ...(powerW && { powerW }), ...(interference && { interference }) }
      const totals = addUp(withGaps({ ...profile, ...facts }, after), after)
      measured.push({ ...totals, ...(unprobed && { unprobed }) })
    }
    return measured
  } finally {
    await worker.close()
  }
}

/**
 * Adds to a profile the gap between its kernels, by number of compute units: the least that brings it
 * to the latency of the whole graph. It is 0 where kernels overlap at their ends so much that they
 * take longer by themselves.
 */
export function withGaps(profile: Profile, after: Waits = waitsOf(profile)): Profile {
  if (profile.latencyUs === undefined) return profile
  const gaps = Object.entries(profile.latencyUs).map(([cus, latencyUs]) => {
    const { durationsUs, memsetsUs } = timesOn(profile, Number(cus))
    return [cus, gapFor(latencyUs, durationsUs, after, memsetsUs)]
  })
  return { ...profile, gapUs: Object.fromEntries(gaps) }
}

/** The gap before every kernel that makes a request take `latencyUs`, to 0.01 µs and at least 0. */
function gapFor(
  latencyUs: number,
  durationsUs: readonly number[],
  after: Waits,
  memsetsUs: readonly number[],
): number {
  const takes = (gapUs: number) =>
    replayUs(
      durationsUs,
      after,
      memsetsUs.map((memsetUs) => memsetUs + gapUs),
    )
  let [low, high] = [0, latencyUs]
  while (high - low > 0.001) {
    const middle = (low + high) / 2
    if (takes(middle) > latencyUs) high = middle
    else low = middle
  }
  return Number(low.toFixed(2))
}

/** @param after the kernels that each kernel waits for, by default as the profile says */
export function addUp(profile: Profile, after: Waits = waitsOf(profile)): ProfiledModel {
  const cus = Math.max(...Object.keys(profile.kernels[0].durationUs).map(Number))
  const { durationsUs, memsetsUs } = timesOn(profile, cus)
  const gapUs = profile.gapUs?.[cus] ?? 0
  const gapsUs = memsetsUs.map((memsetUs) => memsetUs + gapUs)
  return {
    profile,
    cus,
    kernelsUs: replayUs(durationsUs, after),
    withMemsetsUs: replayUs(durationsUs, after, memsetsUs),
    totalUs: replayUs(durationsUs, after, gapsUs),
    latencyUs: profile.latencyUs?.[cus],
  }
}

/** The kernels that each kernel waits for. They come before it. */
type Waits = readonly (readonly number[])[]

function timesOn({ kernels }: Profile, cus: number) {
  return {
    durationsUs: kernels.map((kernel) => kernel.durationUs[cus]),
    memsetsUs: kernels.map((kernel) => kernel.memsetUs?.[cus] ?? 0),
  }
}

/** The kernels that each kernel waits for: the one before it, except in parallel stretches. */
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
async function measurePower(worker: TorchWorker, batch: number): Promise<number | undefined> {
  if (!worker.hello.features.energy) return undefined
  const load = { kind: 'closed' } as const
  const ran = await worker.run({ ...POWER_RUN, workers: [{ worker: NAME, batch, load }] })
  return ran.energy?.powerW
}

/** A model beside hogs at one batch size, or why there is no such thing: its profile is of use without it. */
interface Beside {
  readonly interference?: Interference
  readonly unprobed?: string
}

/** Measures a model beside hogs at every batch size that is loaded. */
async function besideHogs(
  worker: TorchWorker,
  { batches }: Loaded,
): Promise<(batch: number) => Beside> {
  // Where no graph can be captured there is no profile either, and its refusal says why.
  const hasNone = batches.some(({ mode }) => mode === 'eager')
  if (worker.hello.device.kind === 'cpu' || hasNone) return () => ({})
  const halves = halvesOf(worker.hello)
  if (halves === undefined) return () => ({ unprobed: 'the device has no partitions here' })
  const hogs = await orWhyNot(loadHogs(worker, halves))
  if (typeof hogs === 'string') return () => ({ unprobed: hogs })
  const found = new Map<number, Beside>()
  for (const { batch, kernels } of batches) {
    const model = { worker: NAME, batch, kernels }
    const interference = await orWhyNot(measureInterference(worker, halves, hogs, model))
    found.set(
      batch,
      typeof interference === 'string' ? { unprobed: interference } : { interference },
    )
  }
  await unloadHogs(worker, hogs)
  return (batch) => found.get(batch) ?? {}
}

/** What a measurement gives, or why the machine could not take it. */
async function orWhyNot<T>(measurement: Promise<T>): Promise<T | string> {
  try {
    return await measurement
  } catch (error) {
    if (error instanceof WorkError) return error.message
    throw error
  }
}

/**
 * When the last kernel ends if each starts a gap after all kernels that it waits for have ended.
 * Without gaps, this is the least that a graph can take.
 */
export function replayUs(
  durationsUs: readonly number[],
  after: Waits,
  gapsUs: readonly number[] = [],
): number {
  const endsUs: number[] = []
  for (const [i, durationUs] of durationsUs.entries()) {
    const readyUs = after[i].reduce((latest, k) => Math.max(latest, endsUs[k]), 0)
    endsUs.push(readyUs + (gapsUs[i] ?? 0) + durationUs)
  }
  return endsUs.reduce((latest, endUs) => Math.max(latest, endUs), 0)
}
