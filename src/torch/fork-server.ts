import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { atExit } from '../io/at-exit.js'
import { jsonOrUndefined } from '../json-or-undefined.js'
import { pythonModule } from './python.js'
import { end, endLine, type StartedProcess, watched } from './started-process.js'

/** A worker process that has been asked for. */
export interface StartedWorker extends StartedProcess {
  /** Undefined as long as it is not known. */
  readonly pid: number | undefined
  /** Resolves when it takes connections on its socket. Never does if it ends before. */
  readonly listening: Promise<unknown>
}

const END_TIMEOUT_MS = 5_000
const WORKER = 'the PyTorch worker'

const messageSchema = z.object({
  id: z.number(),
  pid: z.number().optional(),
  error: z.string().optional(),
  code: z.number().optional(),
  signal: z.string().optional(),
  lastWords: z.string().default(''),
})

/**
 * Starts worker processes as forks of one process that has imported PyTorch and what models need, which is what takes a
 * worker most of the time until it can serve. The process is started with the first worker, and again if it has ended.
 */
export class ForkServer {
  readonly #models: readonly string[]
  /** By LD_PRELOAD. The libraries that it names are loaded when a program starts, so a fork has those of its server. */
  readonly #processes = new Map<string | undefined, ServerProcess>()
  #isClosed = false

  /** @param models the models that workers will load, whose libraries are imported ahead */
  constructor(models: readonly string[]) {
    this.#models = [...new Set(models)]
  }

  /** @param args of the worker @param environment all of the worker's environment */
  start(args: readonly string[], environment: NodeJS.ProcessEnv): StartedWorker {
    // A worker that is started again while all are ended would leave another server behind.
    if (this.#isClosed) return neverStarted('its fork server is closed')
    const { LD_PRELOAD } = environment
    let running = this.#processes.get(LD_PRELOAD)
    if (running === undefined || running.hasEnded) {
      running = new ServerProcess(this.#models, environment)
      this.#processes.set(LD_PRELOAD, running)
    }
    return running.start(args, environment)
  }

  /** Ends all workers that are left, and what forked them. No worker can be started afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#processes.values()].map((running) => running.close()))
  }
}

/** Does work whose worker processes a server forks, and ends them and the server afterwards. */
export async function withForkServer<T>(
  models: readonly string[],
  work: (forkServer: ForkServer) => Promise<T>,
): Promise<T> {
  const forkServer = new ForkServer(models)
  try {
    return await work(forkServer)
  } finally {
    await forkServer.close()
  }
}

/** One run of the server's process. */
class ServerProcess {
  readonly ended: Promise<void>
  /** Whether it has ended. Whoever hears that a worker has ended may start the next one at once. */
  hasEnded = false
  readonly #process: StartedProcess
  readonly #channel: Socket | undefined
  readonly #workers = new Map<number, ForkedWorker>()
  #lastId = 0

  /** @param env the environment of a worker, which has what makes Python find the package and what is preloaded */
  constructor(models: readonly string[], env: NodeJS.ProcessEnv) {
    const { program, args } = pythonModule('eclip_torch.fork_server')
    const child = spawn(program, [...args, ...models], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      // As for a worker: see worker-process.ts.
      detached: true,
      env,
    })
    this.#process = watched(child, 'the fork server of PyTorch workers')
    const channel = child.stdio[3] as Socket | undefined
    this.#channel = channel
    if (channel) {
      // A broken channel ends the process, and that is told.
      channel.on('error', () => {})
      const lines = createInterface({ input: channel }).on('error', () => {})
      lines.on('line', (line) => this.#take(line))
    }
    const undo = atExit(() => this.#process.kill('SIGTERM'))
    this.ended = this.#process.ended.then((reason) => {
      undo()
      this.hasEnded = true
      // The system has killed them together with the process that forked them.
      for (const worker of this.#workers.values()) worker.end(reason)
    })
  }

  start(args: readonly string[], environment: NodeJS.ProcessEnv): StartedWorker {
    const id = ++this.#lastId
    const worker: ForkedWorker = new ForkedWorker((signal) => {
      // What has not been forked yet can only be ended by force together with the server, which may hang.
      if (worker.pid === undefined && signal === 'SIGKILL') this.#process.kill(signal)
      else this.#send({ id, signal })
    })
    this.#workers.set(id, worker)
    this.#send({ id, arguments: args, environment })
    return worker
  }

  async close(): Promise<void> {
    void end(this.#process, END_TIMEOUT_MS)
    await this.ended
  }

  #send(message: object): void {
    this.#channel?.write(`${JSON.stringify(message)}\n`)
  }

  #take(line: string): void {
    const parsed = messageSchema.safeParse(jsonOrUndefined(line))
    if (!parsed.success) {
      // A server that writes something else can no longer be relied on to tell how workers end.
      this.#process.kill('SIGKILL')
      return
    }
    const { id, pid, error, ...how } = parsed.data
    const worker = this.#workers.get(id)
    if (pid !== undefined) worker?.listen(pid)
    else {
      this.#workers.delete(id)
      worker?.end(error === undefined ? endLine(WORKER, how) : cannotStart(error))
    }
  }
}

function neverStarted(reason: string): StartedWorker {
  const worker = new ForkedWorker(() => {})
  worker.end(cannotStart(reason))
  return worker
}

function cannotStart(reason: string): string {
  return `cannot start ${WORKER}: ${reason}`
}

class ForkedWorker implements StartedWorker {
  pid: number | undefined
  readonly listening: Promise<void>
  readonly ended: Promise<string>
  readonly kill: StartedProcess['kill']
  #listens = (): void => {}
  #ends = (_: string): void => {}

  constructor(kill: StartedProcess['kill']) {
    this.kill = kill
    this.listening = new Promise((resolve) => {
      this.#listens = resolve
    })
    this.ended = new Promise((resolve) => {
      this.#ends = resolve
    })
  }

  listen(pid: number): void {
    this.pid = pid
    this.#listens()
  }

  end(reason: string): void {
    this.#ends(reason)
  }
}
