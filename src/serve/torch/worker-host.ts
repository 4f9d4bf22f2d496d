import { setTimeout as sleep } from 'node:timers/promises'
import { WorkError } from '../../errors.js'
import { nowUs } from '../../now.js'
import { sum } from '../../numbers.js'
import type { LoadRequest } from '../../torch/protocol.js'
import { TorchWorker, WorkerRefusal } from '../../torch/torch-worker.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import type { InferRequest } from '../backend/backend.js'
import type { DeviceEvents, Launched } from '../backend/launch-device.js'
import { Refusal } from '../refusal.js'
import { Seat } from './seat.js'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000

/** Copying fewer bytes than this here is faster than having the worker open a file for them. */
const LEAST_MOVED_BYTES = 64 * 1024

interface Place {
  readonly request: LoadRequest
  seat: Seat | undefined
}

/**
 * A worker process with some instances in it. If the process ends, it is started again together with its instances.
 */
export class WorkerHost {
  readonly #options: WorkerProcessOptions
  readonly #events: DeviceEvents
  readonly #repair: () => string | undefined
  readonly #places = new Map<number, Place>()
  #worker: TorchWorker | undefined
  #started: Promise<void> | undefined
  #isWanted = true
  #isRestoring = false

  /** @param repair called before the process is started again; says what it repaired, if anything */
  constructor(
    options: WorkerProcessOptions,
    events: DeviceEvents,
    repair: () => string | undefined = () => undefined,
  ) {
    this.#options = options
    this.#events = events
    this.#repair = repair
  }

  /** The UUID of the GPU that the process runs on, if it is known. */
  get gpu(): string | undefined {
    return this.#worker?.hello.device.uuid
  }

  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  /** Starts the process, but only once, however often it is called. @throws WorkError */
  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  async #start(): Promise<void> {
    const worker = await TorchWorker.start(this.#options)
    this.#worker = worker
    void worker.ended.then((reason) => this.#onEnd(worker, reason))
  }

  /** @throws WorkError, or Refusal `out-of-memory` */
  async load(instance: number, request: LoadRequest): Promise<Seat> {
    const seat = await this.#loadSeat(request)
    this.#places.set(instance, { request, seat })
    return seat
  }

  async unload(instance: number): Promise<void> {
    const place = this.#places.get(instance)
    this.#places.delete(instance)
    place?.seat?.close()
    if (place?.seat !== undefined) await this.#worker?.unload(place.request.worker)
  }

  /** @throws Refusal */
  async launch(
    instance: number,
    batch: number,
    level: number,
    requests: readonly InferRequest[],
  ): Promise<Launched> {
    const { seat, request } = this.#places.get(instance) ?? {}
    const worker = this.#worker
    if (seat === undefined || request === undefined || worker === undefined)
      throw new Refusal('worker-lost', 'the worker process of the model has ended')
    const startUs = nowUs()
    const leastMovedBytes = worker.hello.files ? LEAST_MOVED_BYTES : Number.POSITIVE_INFINITY
    const tensors = seat.take(batch, requests, leastMovedBytes)
    const writtenUs = nowUs()
    const count = sum(requests.map(({ rows }) => rows))
    const infer = { worker: request.worker, batch, slot: 0, count, level, files: tensors.files }
    const inferred = await worker.infer(infer).catch((error) => {
      if (isOfDevice(error)) this.#giveUp(worker, error.message)
      throw refusalOf(error)
    })
    const endUs = nowUs()
    const inputUs = inferred.inputMs * 1000
    const outputUs = inferred.outputMs * 1000
    const outputs = tensors.read(inferred.missed)
    return {
      outputs,
      times: {
        inputUs: writtenUs - startUs + inputUs,
        computeUs: endUs - writtenUs - inputUs - outputUs,
        outputUs: nowUs() - endUs + outputUs,
      },
    }
  }

  async stop(): Promise<void> {
    this.#isWanted = false
    // A process that is still starting has to end as well.
    await this.#started?.catch(() => {})
    const worker = this.#worker
    this.#worker = undefined
    await worker?.close()
    for (const place of this.#places.values()) place.seat?.close()
    this.#places.clear()
  }

  async #loadSeat(request: LoadRequest): Promise<Seat> {
    const worker = this.#worker
    if (worker === undefined) throw new WorkError('the worker process has ended')
    const loaded = await worker.load(request).catch((error) => {
      throw isOutOfMemory(error) ? new Refusal('out-of-memory', error.message) : error
    })
    return new Seat(loaded)
  }

  async #restoreSeat(instance: number, place: Place): Promise<void> {
    place.seat ??= await this.#loadSeat(place.request)
    if (this.#places.get(instance) === place) return
    // The instance was unloaded while the process was being restarted and had nothing in it.
    place.seat.close()
    await this.#worker?.unload(place.request.worker)
  }

  /** Ends a process whose device has failed, because it cannot be trusted with another launch. */
  #giveUp(worker: TorchWorker, reason: string): void {
    this.#onEnd(worker, reason, worker.end())
  }

  /** @param gone resolves once nothing is left of the process */
  #onEnd(worker: TorchWorker, reason: string, gone?: Promise<void>): void {
    if (!this.#isWanted || worker !== this.#worker) return
    this.#worker = undefined
    this.#events.noted('worker-lost', { reason })
    this.#events.lost([...this.#places.keys()])
    for (const place of this.#places.values()) {
      place.seat?.close()
      place.seat = undefined
    }
    // If the process ends again before all its instances are back, the restore that is going on starts it again.
    if (!this.#isRestoring) void this.#restore(gone)
  }

  /** Tries until the process and all its instances are back, or nobody wants them any more. */
  async #restore(gone?: Promise<void>): Promise<void> {
    this.#isRestoring = true
    await gone
    for (let retryMs = FIRST_RETRY_MS; this.#isWanted; retryMs *= 2) {
      await sleep(Math.min(retryMs, LONGEST_RETRY_MS), undefined, { ref: false })
      if (!this.#isWanted) return
      try {
        const repaired = this.#repair()
        if (repaired !== undefined) this.#events.noted('repaired', { reason: repaired })
        if (this.#worker === undefined) {
          this.#started = this.#start()
          await this.#started
        }
        for (const [instance, place] of this.#places) await this.#restoreSeat(instance, place)
        this.#isRestoring = false
        if (!this.#isWanted) return
        this.#events.restored([...this.#places.keys()])
        this.#events.noted('worker-restored', {})
        return
      } catch (error) {
        this.#events.noted('worker-not-restored', { reason: (error as Error).message })
      }
    }
  }
}

function isOfDevice(error: unknown): error is WorkerRefusal {
  return error instanceof WorkerRefusal && error.code === 'device'
}

function isOutOfMemory(error: unknown): error is WorkerRefusal {
  return error instanceof WorkerRefusal && error.code === 'out-of-memory'
}

/** The refusal for a failed launch: the error that the worker reported, or the fact that its process ended. */
function refusalOf(error: unknown): Refusal {
  const message = (error as Error).message
  if (isOutOfMemory(error)) return new Refusal('out-of-memory', message)
  // After an error of the device, the server ends the process itself.
  if (error instanceof WorkerRefusal && error.code !== 'device')
    return new Refusal('internal', message)
  return new Refusal('worker-lost', message)
}
