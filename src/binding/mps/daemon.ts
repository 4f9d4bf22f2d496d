import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkError } from '../../errors.js'
import { atExit } from '../../io/at-exit.js'
import { exitOnSignals } from '../../io/signals.js'

const CONTROL = 'nvidia-cuda-mps-control'
/** A daemon that has not quit after this time is killed. */
const QUIT = { input: 'quit -t 1\n', timeout: 10_000, killSignal: 'SIGKILL' } as const

/** MPS is not installed here or does not start. */
export class NoMps extends WorkError {}

/** An MPS daemon of our own. Its clients find it through these environment variables. */
export interface MpsDaemon {
  readonly environment: Readonly<Record<string, string>>
  /** Starts it again on the same pipes if it has ended. @returns whether it had */
  revive(): boolean
  stop(): void
}

/**
 * Starts NVIDIA's multi-process service on pipes of its own, so that no other daemon is disturbed.
 *
 * @param inherited environment of the daemon and its clients. A GPU is to be named by its UUID: the
 *   daemon numbers those it sees anew, and a client's index would count among them
 * @param onSignals whether signals end this process at once, or are its own affair
 * @throws NoMps if it is not installed or does not start
 */
export function startMps(
  inherited: Readonly<Record<string, string>> = {},
  onSignals: 'exit' | 'own' = 'exit',
): MpsDaemon {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-mps-'))
  const environment = {
    ...inherited,
    CUDA_MPS_PIPE_DIRECTORY: folder,
    CUDA_MPS_LOG_DIRECTORY: folder,
  }
  const env = { ...process.env, ...environment }
  // Where a daemon has these pipes already, no other one starts.
  const start = () => spawnSync(CONTROL, ['-d'], { env, encoding: 'utf8' })
  const started = start()
  if (started.status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    throw new NoMps(`no MPS: ${started.error?.message ?? started.stderr.trim()}`)
  }
  const quit = () => {
    spawnSync(CONTROL, { env, ...QUIT })
    rmSync(folder, { recursive: true, force: true })
  }
  // A daemon outlives the process that started it, unless it is told to quit.
  const undoExit = atExit(quit)
  const undoSignals = onSignals === 'exit' ? exitOnSignals() : () => {}
  return {
    environment,
    revive: () => start().status === 0,
    stop: () => {
      undoExit()
      undoSignals()
      quit()
    },
  }
}

/** Hardware queues of each client. The device has too few for four clients with 32 each. */
const CLIENT_CONNECTIONS = '8'

/** How much of the device a client of the daemon may use. */
export function mpsShare(percent: number): Readonly<Record<string, string>> {
  return {
    CUDA_MPS_ACTIVE_THREAD_PERCENTAGE: `${percent}`,
    CUDA_DEVICE_MAX_CONNECTIONS: CLIENT_CONNECTIONS,
  }
}
