/** Starts, asks and ends the control daemon of NVIDIA's multi-process service. */
import { spawnSync } from 'node:child_process'
import { WorkError } from '../../errors.js'

const CONTROL = 'nvidia-cuda-mps-control'
/** A daemon that has not answered after this time is killed, or counts as dead. */
const PATIENCE = { timeout: 10_000, killSignal: 'SIGKILL' } as const

/** MPS is not installed here or does not start. */
export class NoMps extends WorkError {}

/** @throws NoMps in one line if MPS is not installed or does not start */
export function startControl(env: NodeJS.ProcessEnv): void {
  const started = start(env)
  if (started.status === 0) return
  const isMissing = (started.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  const missing = `${CONTROL}, a part of the NVIDIA driver, is not on the PATH`
  throw new NoMps(
    `no MPS: ${isMissing ? missing : (started.error?.message ?? started.stderr.trim().split('\n')[0])}`,
  )
}

/**
 * Starts a daemon if the previous one has ended. No other starts while one has these pipes. @returns
 * whether it had ended
 */
export function reviveControl(env: NodeJS.ProcessEnv): boolean {
  return start(env).status === 0
}

function start(env: NodeJS.ProcessEnv) {
  return spawnSync(CONTROL, ['-d'], { env, encoding: 'utf8', ...PATIENCE })
}

/** Whether a daemon listens on the pipes that an environment names. */
export function isControlThere(env: NodeJS.ProcessEnv): boolean {
  return spawnSync(CONTROL, { env, input: 'get_server_list\n', ...PATIENCE }).status === 0
}

/** Ends a daemon and its servers, with at most a second for their clients. */
export function quitControl(env: NodeJS.ProcessEnv): void {
  spawnSync(CONTROL, { env, input: 'quit -t 1\n', ...PATIENCE })
}
