import { deviceName } from '../device/device-name.js'
import { attempted, WorkError } from '../errors.js'
import type { Interference } from '../profile/interference.js'
import { halvesOf, loadHogs, measureInterference, unloadHogs } from './hogs.js'
import type { ModelRequest } from './model-request.js'
import type { Hello, Loaded } from './protocol.js'
import { addUp, type ReplayTotals, withGaps } from './replay.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** How to start the worker process, and how profiles name the device it runs on. */
export interface ProfilingOptions extends WorkerProcessOptions {
  /** If absent, the device is named after the driver's name for it. */
  readonly nameDevice?: (ranOn: Hello['device']) => string
}

/** A profile as it was measured. */
export interface ProfiledModel extends ReplayTotals {
  /** Why nothing was measured beside hogs. Absent if it was. */
  readonly unprobed?: string
}

/** The only worker of the process. */
const NAME = 'profiled'

/** Power takes this long to measure because energy counters move in steps. */
const POWER_RUN = { seconds: 2, warmSeconds: 0.5 } as const

/**
 * Measures a model at some batch sizes in a process of its own: first its power alone, then the model
 * beside hogs if the device has partitions, and last every kernel, because kernels run slower in a
 * process that has profiled before.
 * @param batches batch sizes without repetition
 * @returns the measurements, in the order of `batches`
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

/** Power of the device under requests that follow one another; undefined if it is not metered. */
async function measurePower(worker: TorchWorker, batch: number): Promise<number | undefined> {
  if (!worker.hello.features.energy) return undefined
  const load = { kind: 'closed' } as const
  const ran = await worker.run({ ...POWER_RUN, workers: [{ worker: NAME, batch, load }] })
  return ran.energy?.powerW
}

/** A model beside hogs at one batch size, or the reason why it was not measured: its profile is useful without it. */
interface Beside {
  readonly interference?: Interference
  readonly unprobed?: string
}

/** Measures a model beside hogs at every batch size that is loaded. */
async function besideHogs(
  worker: TorchWorker,
  { batches }: Loaded,
): Promise<(batch: number) => Beside> {
  // If no graph can be captured, there is no profile either, and its refusal tells why.
  const hasNone = batches.some(({ mode }) => mode === 'eager')
  if (worker.hello.device.kind === 'cpu' || hasNone) return () => ({})
  const halves = halvesOf(worker.hello)
  if (halves === undefined) return () => ({ unprobed: 'the device has no partitions here' })
  const hogs = await attempted(() => loadHogs(worker, halves))
  if (hogs instanceof WorkError) return () => ({ unprobed: hogs.message })
  const found = new Map<number, Beside>()
  for (const { batch, kernels } of batches) {
    const model = { worker: NAME, batch, kernels }
    const interference = await attempted(() => measureInterference(worker, halves, hogs, model))
    const isUnprobed = interference instanceof WorkError
    found.set(batch, isUnprobed ? { unprobed: interference.message } : { interference })
  }
  await unloadHogs(worker, hogs)
  return (batch) => found.get(batch) ?? {}
}
