import { WorkError } from '../../errors.js'
import { sum } from '../../numbers.js'
import type { ServedModelPlan } from '../../plan/serving-plan.js'
import type { ModelRequest } from '../../torch/model-request.js'
import { WorkerRefusal } from '../../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import type { ModelMetadata } from '../backend/backend.js'
import type { DeviceEvents, Launch, LaunchDevice, Launched } from '../backend/launch-device.js'
import { Refusal } from '../refusal.js'
import type { GpuMeter } from './gpu-meter.js'
import type { Seat } from './seat.js'
import { WorkerHost } from './worker-host.js'

export interface TorchDeviceOptions {
  readonly process: WorkerProcessOptions
  /** `together`: one process for all instances. `apart`: one for each. */
  readonly processes: 'together' | 'apart'
  /** What the worker process loads for a model. */
  request(model: ServedModelPlan): ModelRequest
  /** Added to the environment of a model's process when each instance has its own, e.g. the model's MPS share. */
  environment?(model: ServedModelPlan): Readonly<Record<string, string>>
  /**
   * Repairs what processes depend on before one that has ended is started again.
   * @returns a sentence that says what was done; undefined if nothing was wrong
   */
  repair?(): string | undefined
  /** Priority levels that launches may take. */
  readonly levels: number
  /** Device memory that all instances of a model may take together; if left out, there is no limit. */
  readonly modelMemoryBytes?: number | undefined
  /** Learns from the workers which GPU it meters. */
  readonly meter?: GpuMeter
}

/** The key of the host of all instances, when they share one process. */
const SHARED = -1

/** Runs launches in PyTorch worker processes. */
export class TorchDevice implements LaunchDevice {
  readonly #options: TorchDeviceOptions
  readonly #hosts = new Map<number, WorkerHost>()
  /** Environments, such as shares of MPS, for which a process already checks what libraries compute there. */
  readonly #checked = new Set<string>()
  #events: DeviceEvents | undefined
  /** How many models are being loaded. */
  #loading = 0

  constructor(options: TorchDeviceOptions) {
    this.#options = options
  }

  get meter(): GpuMeter | undefined {
    return this.#options.meter
  }

  async start(events: DeviceEvents): Promise<void> {
    this.#events = events
  }

  async stop(): Promise<void> {
    await this.#stop([...this.#hosts.keys()])
    this.meter?.close()
  }

  async load(model: ServedModelPlan, instances: readonly number[]): Promise<ModelMetadata> {
    this.#loading++
    const seats = await this.#loadSeats(model, instances)
      .finally(() => this.#loading--)
      .catch(async (error) => {
        this.#checked.clear()
        await this.unload(instances)
        throw error
      })
    if (seats.length === 0) throw new WorkError(`${model.name} has no instances`)
    const [{ inputs, outputs }] = seats
    const largestBatch = model.batches[model.batches.length - 1]
    return { name: model.name, platform: 'pytorch', inputs, outputs, largestBatch }
  }

  async #loadSeats(model: ServedModelPlan, instances: readonly number[]): Promise<Seat[]> {
    const { levels, modelMemoryBytes = Number.POSITIVE_INFINITY } = this.#options
    const seats: Seat[] = []
    const load = async (instance: number): Promise<void> => {
      const host = this.#hostFor(instance, model)
      const worker = `${model.name}#${instance}`
      const request = this.#options.request(model)
      seats.push(await host.load(instance, { ...request, worker, batches: model.batches, levels }))
      const takenBytes = sum(seats.map(({ memoryBytes }) => memoryBytes))
      if (takenBytes > modelMemoryBytes) throw overBudget(model, takenBytes, modelMemoryBytes)
    }
    // Most of the time goes into starting the processes, so they start together.
    const hosts = instances.map((instance) => this.#hostFor(instance, model))
    await Promise.all(hosts.map((host) => host.start()))
    this.meter?.named(hosts[0]?.gpu)
    if (this.#options.processes === 'apart') await Promise.all(instances.map(load))
    else for (const instance of instances) await load(instance)
    return seats
  }

  async unload(instances: readonly number[]): Promise<void> {
    if (this.#options.processes === 'apart') return this.#stop(instances)
    const shared = this.#hosts.get(SHARED)
    for (const instance of instances) await shared?.unload(instance).catch(unlessEnded)
    // A model that is being loaded is not in the process yet.
    if (shared?.isEmpty && this.#loading === 0) await this.#stop([SHARED])
  }

  /** Ends processes, and with them everything they hold. */
  async #stop(keys: readonly number[]): Promise<void> {
    const hosts = keys.flatMap((key) => this.#hosts.get(key) ?? [])
    for (const key of keys) this.#hosts.delete(key)
    await Promise.all(hosts.map((host) => host.stop()))
  }

  launch({ instance, batch, level, requests }: Launch): Promise<Launched> {
    return this.#hosts.get(this.#keyOf(instance))!.launch(instance, batch, level, requests)
  }

  #keyOf(instance: number): number {
    return this.#options.processes === 'together' ? SHARED : instance
  }

  #hostFor(instance: number, model: ServedModelPlan): WorkerHost {
    const key = this.#keyOf(instance)
    const known = this.#hosts.get(key)
    if (known !== undefined) return known
    const { process, environment } = this.#options
    const added = key === SHARED ? {} : environment?.(model)
    const share = JSON.stringify(added)
    const resultsChecked = this.#checked.has(share)
    this.#checked.add(share)
    const host = new WorkerHost(
      { ...process, environment: { ...process.environment, ...added }, resultsChecked },
      this.#events!,
      this.#options.repair,
    )
    this.#hosts.set(key, host)
    return host
  }
}

/** A process that has ended holds nothing any more, which is what was asked for. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof WorkError) || error instanceof WorkerRefusal) throw error
}

function overBudget(
  { name, instances }: ServedModelPlan,
  takenBytes: number,
  budgetBytes: number,
): Refusal {
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
  const message = `model '${name}': ${instances} instances take ${mib(takenBytes)} or more, its memory budget is ${mib(budgetBytes)}`
  return new Refusal('out-of-memory', message)
}
