import { type ByHog, type Hog, type Hogs, LEAST_PRESSURE } from '../device/hogs.js'
import type { Partition } from '../device/partition.js'
import { WorkError } from '../errors.js'
import { sum } from '../numbers.js'
import type { Interference } from '../profile/interference.js'
import type { Hello } from './protocol.js'
import { requireTorch } from './require-torch.js'
import { TorchWorker } from './torch-worker.js'

/** Over this long, a rate is accurate to a percent. The warm-up lets both sides get going. */
const WINDOW = { seconds: 0.25, warmSeconds: 0.1 } as const
/** Disturbances only make a run slower: in one of eighty pairs on an H200, they halved the rates. */
const WINDOWS = 2

/** A model in the worker process, and the number of kernels in its request. */
export interface Subject {
  readonly worker: string
  readonly batch: number
  readonly kernels: number
}

/** The methods of the worker process that are used here. */
export type HogWorker = Pick<TorchWorker, 'hello' | 'load' | 'plan' | 'run' | 'unload'>

/** Two parts of a device without a common granule: one for a subject, and one for a hog beside it. */
export interface Halves {
  readonly own: Partition
  readonly beside: Partition
}

/**
 * The first half of a device's granules, and the others. The remainder of a split stays empty,
 * because not every kernel can run there.
 * @returns undefined if the device has no partitions, or too few granules
 */
export function halvesOf({ features, device: { granules } }: Hello): Halves | undefined {
  const alike = granules.lastIndexOf(granules[0]) + 1
  const half = Math.floor(granules.length / 2)
  if (!features.partitions || half === 0 || alike <= half) return undefined
  const all = granules.map((_, granule) => granule)
  return { own: all.slice(0, half), beside: all.slice(half, alike) }
}

/** Hogs in the worker process on the granules beside a subject's, and their rates there alone. */
export interface LoadedHogs {
  readonly hogs: Readonly<Record<Hog, Subject>>
  readonly aloneRps: ByHog
}

/**
 * Loads the hogs and measures them alone, which takes about three seconds on a GPU.
 * @throws WorkError (rejects) if the worker cannot load or place them
 */
export async function loadHogs(worker: HogWorker, halves: Halves): Promise<LoadedHogs> {
  const bench = new Bench(worker, halves)
  const hogs = await bench.load('beside')
  return { hogs, aloneRps: await each((hog) => bench.alone(hogs[hog], halves.beside)) }
}

export async function unloadHogs(worker: HogWorker, { hogs }: LoadedHogs): Promise<void> {
  await each((hog) => worker.unload(hogs[hog].worker))
}

/**
 * Measures a model side by side with each hog, which takes about three seconds on a GPU. Afterwards the
 * model stays on the whole device.
 * @throws WorkError (rejects) if the worker cannot place the model, or a request never ends
 */
export async function measureInterference(
  worker: HogWorker,
  halves: Halves,
  { hogs, aloneRps }: LoadedHogs,
  model: Subject,
): Promise<Interference> {
  const bench = new Bench(worker, halves)
  const ownRps = await bench.alone(model, halves.own)
  const besideRps = await each((hog) => bench.together(model, hogs[hog]))
  await worker.plan({ [model.worker]: { [model.batch]: null } })
  return {
    ...bench.sizes(),
    sensitivity: mapped(besideRps, ([rps]) => slowdown(ownRps, rps)),
    pressure: mapped(besideRps, ([, rps], hog) => slowdown(aloneRps[hog], rps)),
  }
}

/**
 * Measures the hogs side by side on the GPU of this machine, in a worker process of their own, which
 * takes about twenty seconds.
 * @throws WorkError (rejects) if there is no PyTorch, or the GPU has no partitions or no room for them
 */
export async function measureHogs(): Promise<Hogs> {
  requireTorch()
  const worker = await TorchWorker.start()
  try {
    const halves = halvesOf(worker.hello)
    if (halves === undefined) throw new WorkError('the device has no partitions here')
    return await hogsBesideEachOther(worker, halves)
  } finally {
    await worker.close()
  }
}

/** The same in a worker process that is already running. */
export async function hogsBesideEachOther(worker: HogWorker, halves: Halves): Promise<Hogs> {
  const bench = new Bench(worker, halves)
  const own = await bench.load('own')
  const { hogs, aloneRps } = await loadHogs(worker, halves)
  await each((hog) => bench.place(own[hog], halves.own))
  const pressure = await each((hog) =>
    each(async (other) => {
      const [, rps] = await bench.together(own[other], hogs[hog])
      return slowdown(aloneRps[hog], rps)
    }),
  )
  if (pressure.stream.stream < LEAST_PRESSURE)
    throw new WorkError(`copies beside copies took only ${pressure.stream.stream} times as long`)
  return { ...bench.sizes(), pressure }
}

/** Places subjects on their halves and runs them. */
class Bench {
  readonly #worker: HogWorker
  readonly #halves: Halves

  constructor(worker: HogWorker, halves: Halves) {
    this.#worker = worker
    this.#halves = halves
  }

  sizes(): { cus: number; hogCus: number } {
    const { granules } = this.#worker.hello.device
    const cusOf = (partition: Partition): number => sum(partition.map((g) => granules[g]))
    return { cus: cusOf(this.#halves.own), hogCus: cusOf(this.#halves.beside) }
  }

  load(side: string): Promise<Record<Hog, Subject>> {
    return each(async (hog) => {
      const request = { worker: `${hog} ${side}`, model: `eclip:${hog}`, batches: [1] }
      const { worker, batches } = await this.#worker.load(request)
      return { worker, batch: 1, kernels: batches[0].kernels }
    })
  }

  /** Moves a subject to the granules, where it stays. */
  async place({ worker, batch, kernels }: Subject, granules: Partition): Promise<void> {
    await this.#worker.plan({ [worker]: { [batch]: [{ kernels, granules, priority: 0 }] } })
  }

  /** The rate of a subject alone after it was moved to the granules, in requests per second. */
  async alone(subject: Subject, granules: Partition): Promise<number> {
    await this.place(subject, granules)
    const [rps] = await this.together(subject)
    return rps
  }

  /** The best rates of subjects side by side, in requests per second. */
  async together(...subjects: readonly Subject[]): Promise<number[]> {
    const load = { kind: 'closed' } as const
    const workers = subjects.map(({ worker, batch }) => ({ worker, batch, load }))
    const best = subjects.map(() => 0)
    for (let window = 0; window < WINDOWS; window++) {
      const ran = await this.#worker.run({ ...WINDOW, workers })
      for (const [i, { rps }] of ran.workers.entries()) best[i] = Math.max(best[i], rps)
    }
    return best
  }
}

/** Factor by which something takes longer at the second rate than at the first. */
function slowdown(aloneRps: number, besideRps: number): number {
  if (aloneRps > 0 && besideRps > 0) return Number((aloneRps / besideRps).toPrecision(4))
  throw new WorkError(`no request ended within ${WINDOW.seconds} s`)
}

/** Measures one hog after another. */
async function each<T>(measure: (hog: Hog) => Promise<T>): Promise<Record<Hog, T>> {
  const stream = await measure('stream')
  const cache = await measure('cache')
  const products = await measure('products')
  return { stream, cache, products }
}

function mapped<T>(by: Record<Hog, T>, map: (value: T, hog: Hog) => number): ByHog {
  return {
    stream: map(by.stream, 'stream'),
    cache: map(by.cache, 'cache'),
    products: map(by.products, 'products'),
  }
}
