import { rmSync } from 'node:fs'
import { atExit } from '../../io/at-exit.js'
import { exitOnSignals } from '../../io/signals.js'
import { temporaryFolder } from '../../io/write.js'
import { quitControl, reviveControl, startControl } from './control.js'

/** An MPS daemon of our own. Its clients find it through these environment variables. */
export interface MpsDaemon {
  readonly environment: Readonly<Record<string, string>>
  /** Starts it again on the same pipes if it has ended. @returns whether it had ended */
  revive(): boolean
  stop(): void
}

/**
 * Starts NVIDIA's multi-process service on its own pipes, so that no other daemon is disturbed.
 *
 * @param inherited environment of the daemon and its clients
 * @param onSignals whether signals end this process at once or the process handles them itself
 * @throws NoMps if it is not installed or does not start
 */
export function startMps(
  inherited: Readonly<Record<string, string>> = {},
  onSignals: 'exit' | 'own' = 'exit',
): MpsDaemon {
  const folder = temporaryFolder('mps')
  const pipes = { CUDA_MPS_PIPE_DIRECTORY: folder, CUDA_MPS_LOG_DIRECTORY: folder }
  const env: NodeJS.ProcessEnv = { ...process.env, ...inherited, ...pipes }
  const environment = { ...inherited, ...pipes, ...renumbered(env.CUDA_VISIBLE_DEVICES) }
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  try {
    startControl(env)
  } catch (error) {
    removeFolder()
    throw error
  }
  const quit = () => {
    quitControl(env)
    removeFolder()
  }
  // Unless it is told to quit, a daemon outlives the process that started it.
  const undoExit = atExit(quit)
  const undoSignals = onSignals === 'exit' ? exitOnSignals() : () => {}
  return {
    environment,
    revive: () => reviveControl(env),
    stop: () => {
      undoExit()
      undoSignals()
      quit()
    },
  }
}

/**
 * The daemon renumbers the GPUs that it sees, so a client that should see the same GPUs names them by their
 * new numbers. UUIDs mean the same to both.
 */
function renumbered(visible: string | undefined): Readonly<Record<string, string>> {
  if (visible === undefined || !/^\s*\d/.test(visible)) return {}
  const numbers = [...visible.split(',').keys()]
  return { CUDA_VISIBLE_DEVICES: numbers.join() }
}
