/** How a plan was carried out in a program, as counted by the native library (`native/dispatcher.c`). */
import { sum } from '../numbers.js'
import { counted, fixed } from '../report/kit/format.js'

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

/** How the plan was carried out, for people: a line for each worker that had requests. */
export function countsText(
  members: readonly string[],
  processes: readonly ProcessCounts[],
): string[] {
  if (processes.length === 0)
    return ['plan: no program launched kernels and ended by itself, so nothing is known of it']
  const stayed = sum(processes.map((process) => process.stayed))
  const lines = members.flatMap((member, worker) => {
    const total = (name: keyof RequestCounts) =>
      sum(processes.map(({ workers }) => workers[worker][name]))
    const requests = total('requests')
    if (requests === 0) return []
    const each = (name: keyof RequestCounts) => fixed(total(name) / requests, 1)
    return [
      `plan: ${counted(requests, 'request')} of ${member}, each with ${each('switches')} switches, ${each('barriers')} barriers, ${each('returns')} returns`,
    ]
  })
  const usual = processes.map((process) => process.usual).join(', ')
  const none = `plan: no request came twice in a row; between two waits there were mostly ${usual} kernels`
  return [...(lines.length === 0 ? [none] : lines), `plan: ${stayed} kernels ran anywhere`]
}
