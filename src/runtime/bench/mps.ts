import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkError } from '../../errors.js'

const CONTROL = 'nvidia-cuda-mps-control'
/** A daemon outlives the process that started it, unless it is told to quit. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const INTERRUPTED = 130

/** A running MPS daemon of our own: its clients find it through these variables. */
export interface MpsDaemon {
  readonly environment: Readonly<Record<string, string>>
  stop(): void
}

/**
 * Starts NVIDIA's multi-process service on pipes of its own, so that no other daemon is disturbed.
 *
 * @throws WorkError if it is not installed or does not start
 */
export function startMps(): MpsDaemon {
  const folder = mkdtempSync(join(tmpdir(), 'eclip-mps-'))
  const environment = { CUDA_MPS_PIPE_DIRECTORY: folder, CUDA_MPS_LOG_DIRECTORY: folder }
  const env = { ...process.env, ...environment }
  const started = spawnSync(CONTROL, ['-d'], { env, encoding: 'utf8' })
  if (started.status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    throw new WorkError(`no MPS: ${started.error?.message ?? started.stderr.trim()}`)
  }
  const quit = () => {
    spawnSync(CONTROL, { env, input: 'quit\n' })
    rmSync(folder, { recursive: true, force: true })
  }
  const interrupted = () => process.exit(INTERRUPTED)
  process.once('exit', quit)
  for (const signal of SIGNALS) process.once(signal, interrupted)
  return {
    environment,
    stop: () => {
      process.removeListener('exit', quit)
      for (const signal of SIGNALS) process.removeListener(signal, interrupted)
      quit()
    },
  }
}

/** What a client of the daemon may use of the device. */
export function mpsShare(percent: number): Readonly<Record<string, string>> {
  return { CUDA_MPS_ACTIVE_THREAD_PERCENTAGE: `${percent}` }
}
