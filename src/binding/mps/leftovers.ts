/** Finds what a killed daemon has left running. */
import { processesWith, processText } from '../../io/process-list.js'

/** Beginning of the names of the service's programs, of which the system keeps 15 characters. */
const COMM = 'nvidia-cuda-mps'

/** The processes of the service that were started with pipes in a folder. */
export function serviceProcesses(pipes: string): number[] {
  return processesWith(`CUDA_MPS_PIPE_DIRECTORY=${pipes}`).filter((pid) =>
    processText(pid, 'comm').startsWith(COMM),
  )
}
