import type { z } from 'zod'
import { WorkError } from '../errors.js'
import { encodeFrame, FrameReader } from './frames.js'
import {
  type Hello,
  helloSchema,
  type InferRequest,
  type Inferred,
  inferredSchema,
  isAnswer,
  type Loaded,
  type LoadRequest,
  loadedSchema,
  nothingSchema,
  type PlanMode,
  type Planned,
  type PlanRequest,
  PROTOCOL,
  type Profiled,
  plannedSchema,
  profiledSchema,
  type Ran,
  type RunRequest,
  ranSchema,
} from './protocol.js'
import { WorkerProcess, type WorkerProcessOptions } from './worker-process.js'

/** The worker answered a command with an error; docs/protocol.md lists its codes. */
export class WorkerRefusal extends WorkError {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Pending {
  readonly resolve: (answer: object) => void
  readonly reject: (error: Error) => void
}

/**
 * A PyTorch worker process. Models that are loaded in it share the device under its plans. Every
 * method rejects with a WorkError of one line if the command is refused or the process ends.
 */
export class TorchWorker {
  /** The properties and abilities of the process. */
  readonly hello: Hello
  /** Resolves when the process has ended, to one line that tells how. */
  readonly ended: Promise<string>
  readonly #connection: Connection

  private constructor(connection: Connection, hello: Hello) {
    this.#connection = connection
    this.hello = hello
    this.ended = connection.ended
  }

  static async start(options: WorkerProcessOptions = {}): Promise<TorchWorker> {
    const connection = new Connection(await WorkerProcess.start(options))
    try {
      const hello = await connection.ask('hello', { protocol: PROTOCOL }, helloSchema)
      return new TorchWorker(connection, hello)
    } catch (error) {
      await connection.stop()
      throw error
    }
  }

  load(request: LoadRequest): Promise<Loaded> {
    return this.#connection.ask('load', request, loadedSchema)
  }

  /** Runs one request on the inputs in a slot, and leaves its outputs there. */
  infer(request: InferRequest): Promise<Inferred> {
    return this.#connection.ask('infer', request, inferredSchema)
  }

  /**
   * Sets or replaces plans, between two requests of each worker.
   * @param mode how they are carried out. If absent, the worker chooses what works best on its
   * device
   */
  plan(workers: PlanRequest, mode?: PlanMode): Promise<Planned> {
    return this.#connection.ask('plan', { workers, mode }, plannedSchema)
  }

  /** Measures every kernel of a worker's model. The process must not have profiled another model before. */
  profile(worker: string, batch: number): Promise<Profiled> {
    return this.#connection.ask('profile', { worker, batch }, profiledSchema)
  }

  /** Drives workers together for a while, under their plans. */
  run(request: RunRequest): Promise<Ran> {
    return this.#connection.ask('run', request, ranSchema)
  }

  async unload(worker: string): Promise<void> {
    await this.#connection.ask('unload', { worker }, nothingSchema)
  }

  /** Ends a process that may no longer answer, and leaves nothing behind. */
  async end(): Promise<void> {
    await this.#connection.stop()
  }

  /** Ends the process and leaves nothing behind. */
  async close(): Promise<void> {
    await this.#connection.ask('shutdown', {}, nothingSchema).catch(() => {})
    await this.#connection.stop()
  }
}

/** Requests and answers over the socket of the process. */
class Connection {
  readonly ended: Promise<string>
  readonly #process: WorkerProcess
  readonly #reader = new FrameReader()
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #end: WorkError | undefined

  constructor(workerProcess: WorkerProcess) {
    this.#process = workerProcess
    this.ended = workerProcess.ended
    workerProcess.socket.on('data', (piece) => this.#receive(piece as Buffer))
    void workerProcess.ended.then((reason) => this.#fail(new WorkError(reason)))
  }

  async ask<T>(command: string, body: object, schema: z.ZodType<T>): Promise<T> {
    if (this.#end) throw this.#end
    const id = this.#nextId++
    const frame = encodeFrame({ id, command, ...body })
    const answer = await new Promise<object>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#process.socket.write(frame)
    })
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    const [{ path, message }] = parsed.error.issues
    throw new WorkError(
      `the PyTorch worker answered ${command} oddly: ${path.join('.')}: ${message}`,
    )
  }

  stop(): Promise<string> {
    return this.#process.stop()
  }

  #receive(piece: Buffer): void {
    try {
      for (const message of this.#reader.push(piece)) this.#settle(message)
    } catch (error) {
      this.#fail(error instanceof WorkError ? error : new WorkError(String(error)))
      void this.stop()
    }
  }

  #settle(message: object): void {
    if (!isAnswer(message))
      throw new WorkError('the PyTorch worker sent something that is no answer')
    const { id, ok, error } = message
    const refusal = ok
      ? undefined
      : new WorkerRefusal(error?.code ?? 'internal', error?.message ?? 'no reason given')
    // An answer that belongs to no request concerns the connection as a whole.
    if (id === null) throw refusal ?? new WorkError('the PyTorch worker answered no request')
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (refusal) pending?.reject(refusal)
    else pending?.resolve(message)
  }

  /** Rejects everything that is still unanswered. Only the first reason counts. */
  #fail(reason: WorkError): void {
    this.#end ??= reason
    for (const { reject } of this.#pending.values()) reject(this.#end)
    this.#pending.clear()
  }
}
