/** Finds what a daemon that was killed has left running. */
import { readdirSync, readFileSync } from 'node:fs'

/** Programs of the service are named so; the system keeps 15 characters of a name. */
const COMM = 'nvidia-cuda-mps'

/** The processes of the service that were started with pipes in a folder. */
export function serviceProcesses(pipes: string): number[] {
  const variable = `CUDA_MPS_PIPE_DIRECTORY=${pipes}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => textOf(`/proc/${pid}/comm`).startsWith(COMM))
    .filter((pid) => textOf(`/proc/${pid}/environ`).split('\0').includes(variable))
    .map(Number)
}

/** Empty for a process that has ended meanwhile, or is another user's. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
