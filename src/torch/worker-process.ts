import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WorkError } from '../errors.js'
import { atExit } from '../io/at-exit.js'
import { temporaryFolder } from '../io/write.js'
import { jsonOrUndefined } from '../json-or-undefined.js'
import { within } from '../within.js'
import type { ForkServer, StartedWorker } from './fork-server.js'
import { PROTOCOL, readySchema } from './protocol.js'
import { pythonModule } from './python.js'
import { end, type StartedProcess, watched } from './started-process.js'

/** Whose code a worker process trusts when it loads models. */
export type Trust = 'libraries' | 'code'

/** How to start a worker process. */
export interface WorkerProcessOptions {
  /** The program and its first arguments. */
  readonly command?: readonly string[]
  /** Forks the process. Without it, the process is spawned, as any program is that `command` names. */
  readonly forkServer?: ForkServer | undefined
  readonly device?: 'auto' | 'cuda' | 'cpu'
  /**
   * Which models the process loads. `libraries` (the default): those that torchvision and
   * transformers build from a name. `code`: any, including functions of modules, exported programs
   * and configuration files.
   */
  readonly trust?: Trust
  /** Added to the environment, e.g. MPS settings. */
  readonly environment?: Readonly<Record<string, string>>
  /** Whether another process checks the results of libraries under this one's share of MPS, which takes seconds. */
  readonly resultsChecked?: boolean
  /** Importing PyTorch takes seconds, and much longer from a cold disk. */
  readonly readyTimeoutMs?: number
  /** How long a process that is to end may take before the next stronger signal. */
  readonly endTimeoutMs?: number
}

const SHARED_MEMORY = '/dev/shm'
const READY_TIMEOUT_MS = 120_000
const END_TIMEOUT_MS = 5_000

/**
 * A worker process and the connection to it. However it ends, its socket and its shared memory are
 * gone afterwards.
 */
export class WorkerProcess {
  readonly socket: Socket
  /** Resolves when the process has ended, to one line that tells how. */
  readonly ended: Promise<string>
  readonly #process: StartedProcess
  readonly #endTimeoutMs: number

  private constructor(process: StartedProcess, socket: Socket, endTimeoutMs: number) {
    this.#process = process
    this.#endTimeoutMs = endTimeoutMs
    this.socket = socket
    this.ended = process.ended
    // A process whose socket is closed can receive no more commands, so it must end.
    socket.on('close', () => void this.stop())
    socket.on('error', () => {})
  }

  /** @throws WorkError in one line if the process does not come up */
  static async start(options: WorkerProcessOptions = {}): Promise<WorkerProcess> {
    const folder = temporaryFolder('worker')
    const path = join(folder, 'worker.sock')
    const started = startWorker(path, options)
    const process = leavingNothing(started, folder)
    const endTimeoutMs = options.endTimeoutMs ?? END_TIMEOUT_MS
    try {
      const listens = started.listening.then(() => true)
      const timeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS
      if (!(await within(timeoutMs, Promise.race([listens, process.ended.then(fail)]))))
        throw new WorkError(`the PyTorch worker was not ready after ${timeoutMs / 1000} s`)
      const socket = createConnection(path)
      await Promise.race([connected(socket), process.ended.then(fail)])
      // Nobody else will connect. The folder is removed now, so that no file stays behind whatever
      // happens to this process.
      rmSync(folder, { recursive: true, force: true })
      return new WorkerProcess(process, socket, endTimeoutMs)
    } catch (error) {
      await end(process, endTimeoutMs)
      throw error
    }
  }

  /** Closes the connection and makes sure that the process ends. */
  async stop(): Promise<string> {
    this.socket.end()
    const reason = await within(this.#endTimeoutMs, this.ended)
    return reason ?? end(this.#process, this.#endTimeoutMs)
  }
}

function startWorker(path: string, options: WorkerProcessOptions): StartedWorker {
  const worker = pythonModule('eclip_torch.worker')
  const permissions = options.trust === 'code' ? ['--allow-code'] : []
  const checked = options.resultsChecked ? ['--results-checked'] : []
  const where = ['--socket', path, '--device', options.device ?? 'auto']
  const args = [...where, ...permissions, ...checked]
  const env = {
    ...worker.env,
    CUDA_DEVICE_MAX_CONNECTIONS: process.env.CUDA_DEVICE_MAX_CONNECTIONS ?? '32',
    ...options.environment,
  }
  const { command, forkServer } = options
  if (forkServer && command === undefined) return forkServer.start(args, env)
  const [program, ...first] = command ?? [worker.program, ...worker.args]
  const child = spawn(program, [...first, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the whole group of a process, and this one may have to let requests end first.
    detached: true,
    env,
  })
  const started = watched(child, 'the PyTorch worker')
  return {
    ...started,
    pid: child.pid,
    listening: waitUntilReady(child, started.ended),
  }
}

/** The same process, whose end leaves nothing behind. */
function leavingNothing(started: StartedWorker, folder: string): StartedProcess {
  const removeFiles = () => {
    rmSync(folder, { recursive: true, force: true })
    if (started.pid !== undefined) removeSharedMemory(started.pid)
  }
  const undo = atExit(() => {
    started.kill('SIGKILL')
    removeFiles()
  })
  const ended = started.ended.then((reason) => {
    undo()
    removeFiles()
    return reason
  })
  return { ended, kill: started.kill }
}

/** A killed worker cannot unlink its slots, so this process does. */
function removeSharedMemory(pid: number): void {
  for (const name of readdirSync(SHARED_MEMORY)) {
    if (name.startsWith(`eclip-${pid}-`)) rmSync(join(SHARED_MEMORY, name), { force: true })
  }
}

/** @throws WorkError if the process does not listen */
async function connected(socket: Socket): Promise<void> {
  try {
    await once(socket, 'connect')
  } catch (error) {
    throw new WorkError(`cannot connect to the PyTorch worker: ${(error as Error).message}`)
  }
}

async function waitUntilReady(child: ChildProcess, ended: Promise<string>): Promise<void> {
  const lines = createInterface({ input: child.stdout! })
  const [line] = await Promise.race([once(lines, 'line'), ended.then(fail)])
  const ready = readySchema.safeParse(jsonOrUndefined(String(line)))
  if (!ready.success) throw new WorkError(`the PyTorch worker said "${line}" instead of ready`)
  if (ready.data.protocol !== PROTOCOL)
    throw new WorkError(
      `the PyTorch worker speaks protocol ${ready.data.protocol}, not ${PROTOCOL}`,
    )
}

function fail(reason: string): never {
  throw new WorkError(reason)
}
