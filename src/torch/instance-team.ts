import { mpsShare } from '../binding/mps/client.js'
import { type MpsDaemon, startMps } from '../binding/mps/daemon.js'
import type { ServingMechanism } from '../plan/serving-plan.js'
import type { ModelRequest } from './model-request.js'
import type { Hello } from './protocol.js'
import { TorchWorker } from './torch-worker.js'
import type { WorkerProcessOptions } from './worker-process.js'

/** A model that a team serves, and the number of its instances. */
export interface TeamModel {
  /** What the worker process loads. */
  readonly request: ModelRequest
  readonly batches: readonly number[]
  readonly instances: number
  /** Share of the device that each instance may use, in percent; applies only under MPS. */
  readonly sharePercent: number
}

export interface TeamSettings {
  readonly mechanism: ServingMechanism
  readonly models: readonly TeamModel[]
  /** Priority levels at which launches are possible. */
  readonly levels: number
}

/** Each process takes a core and some GB while it starts. */
const STARTING_AT_ONCE = 16

interface Seat {
  readonly worker: TorchWorker
  readonly name: string
}

/**
 * Instances of models that are ready to be launched, each in its own process, or all in one process
 * if the mechanism is streams. `close` leaves nothing behind.
 */
export class InstanceTeam {
  /** The properties and abilities of the first process. */
  readonly hello: Hello
  readonly #seats: readonly (readonly Seat[])[]
  readonly #workers: readonly TorchWorker[]
  readonly #daemon: MpsDaemon | undefined

  private constructor(
    seats: readonly (readonly Seat[])[],
    workers: readonly TorchWorker[],
    daemon: MpsDaemon | undefined,
  ) {
    this.#seats = seats
    this.#workers = workers
    this.#daemon = daemon
    this.hello = workers[0].hello
  }

  /** @throws WorkError in one line if MPS or a process does not come up; nothing is left behind then */
  static async start(
    settings: TeamSettings,
    options: WorkerProcessOptions = {},
  ): Promise<InstanceTeam> {
    const isUnderMps = settings.mechanism === 'mps'
    const daemon = isUnderMps ? startMps(options.environment) : undefined
    try {
      if (settings.mechanism === 'streams')
        return await InstanceTeam.#startTogether(settings, options)
      // If the daemon gives a process no GPU, the process must report that instead of serving on
      // the CPU.
      const onGpu: WorkerProcessOptions = isUnderMps ? { device: 'cuda', ...options } : options
      const { seats, workers } = await startApart(settings, onGpu, daemon)
      return new InstanceTeam(seats, workers, daemon)
    } catch (error) {
      daemon?.stop()
      throw error
    }
  }

  /** All instances in one process. */
  static async #startTogether(
    { models, levels }: TeamSettings,
    options: WorkerProcessOptions,
  ): Promise<InstanceTeam> {
    const worker = await TorchWorker.start(options)
    try {
      const seats: Seat[][] = []
      for (const [m, model] of models.entries()) {
        const names = Array.from({ length: model.instances }, (_, i) => `${m}#${i}`)
        for (const name of names) await load(worker, name, model, levels)
        seats.push(names.map((name) => ({ worker, name })))
      }
      return new InstanceTeam(seats, [worker], undefined)
    } catch (error) {
      await worker.close()
      throw error
    }
  }

  /** Runs a launch on the nth instance of a model; resolves when it has ended. */
  async launch(model: number, nth: number, batch: number, level: number): Promise<void> {
    const { worker, name } = this.#seats[model][nth]
    await worker.infer({ worker: name, batch, slot: 0, level, tensors: false })
  }

  /** Ends the processes and then the daemon. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()))
    this.#daemon?.stop()
  }
}

async function load(
  worker: TorchWorker,
  name: string,
  { request, batches }: TeamModel,
  levels: number,
): Promise<void> {
  await worker.load({ worker: name, batches, levels, ...request })
}

/** Starts a process for each instance, a few at a time. */
async function startApart(
  { models, levels }: TeamSettings,
  options: WorkerProcessOptions,
  daemon: MpsDaemon | undefined,
): Promise<{ seats: Seat[][]; workers: TorchWorker[] }> {
  const seats: Seat[][] = models.map(() => [])
  const workers: TorchWorker[] = []
  const waiting = models.flatMap((model, m) =>
    Array.from({ length: model.instances }, (_, nth) => ({ model, m, nth })),
  )
  const clients = waiting.length
  const failures: unknown[] = []
  const startNext = async (): Promise<void> => {
    for (;;) {
      const next = waiting.shift()
      if (next === undefined || failures.length > 0) return
      const { model, m, nth } = next
      const environment = {
        ...options.environment,
        ...(daemon && { ...daemon.environment, ...mpsShare(model.sharePercent, clients) }),
      }
      try {
        const worker = await TorchWorker.start({ ...options, environment })
        workers.push(worker)
        const name = `${m}#${nth}`
        await load(worker, name, model, levels)
        seats[m][nth] = { worker, name }
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startNext))
  if (failures.length === 0) return { seats, workers }
  await Promise.all(workers.map((worker) => worker.close()))
  throw failures[0]
}
