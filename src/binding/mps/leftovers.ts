/** Finds what a daemon that was killed has left running. */
import { processesWith, processText } from '../../io/process-list.js'

/** Programs of the service are named so; the system keeps 15 characters of a name. */
const COMM = 'nvidia-cuda-mps'

/** The processes of the service that were started with pipes in a folder. */
export function serviceProcesses(pipes: string): number[] {
  return processesWith(`CUDA_MPS_PIPE_DIRECTORY=${pipes}`).filter((pid) =>
    processText(pid, 'comm').startsWith(COMM),
  )
}
