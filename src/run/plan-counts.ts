/** How a plan was carried out in a program, as counted by the native library (`native/dispatcher.c`). */

/** Counts over those requests of one worker whose kernels all went where the plan says. */
export interface RequestCounts {
  readonly requests: number
  /** Changes of partition. */
  readonly switches: number
  /** Switches that had to wait because the predecessor was still running. */
  readonly barriers: number
  /** Returns to the program's own stream before the last kernel. */
  readonly returns: number
}

/** Counts of one process that launched kernels. */
export interface ProcessCounts {
  /** Kernels that ran where they would have run without a plan. */
  readonly stayed: number
  /** The most frequent number of kernels between two waits of the program for the device. */
  readonly usual: number
  readonly workers: readonly RequestCounts[]
  /** Driver functions that had to wait for kernels, with the number of times: `cuMemcpyAsync:3`. */
  readonly waitedFor: readonly string[]
}

/** Reads the lines that the library wrote, one per process. */
export function parseCounts(text: string, workers: number): ProcessCounts[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const words = line.split(' ')
      const [stayed, usual, ...numbers] = words.map(Number)
      const ofWorker = (_: unknown, worker: number): RequestCounts => {
        const [requests, switches, barriers, returns] = numbers.slice(4 * worker)
        return { requests, switches, barriers, returns }
      }
      return {
        stayed,
        usual,
        workers: Array.from({ length: workers }, ofWorker),
        waitedFor: words.slice(2 + 4 * workers),
      }
    })
}
