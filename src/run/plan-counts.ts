/** What became of a plan in a program, as the native library counted it (`native/dispatcher.c`). */
import { sum } from '../numbers.js'
import { fixed } from '../report/kit/format.js'

/** Of one process, which launched kernels. */
export interface PlanCounts {
  /** Requests all of whose kernels went where the plan says. */
  readonly requests: number
  /** Of these requests together: changes of partition. */
  readonly switches: number
  /** Of these requests together: switches that had to wait, because the predecessor was still running. */
  readonly barriers: number
  /** Of these requests together: returns to the program's stream before the last kernel. */
  readonly returns: number
  /** Kernels that ran where they would have without a plan. */
  readonly stayed: number
  /** Kernels that most often came between two waits of the program's for the device. */
  readonly usual: number
  /** Functions that had kernels to wait for, with how often: `cuMemcpyAsync:3`. */
  readonly returnedFor: readonly string[]
}

/** Reads the lines that the library wrote, one for each process. */
export function parseCounts(text: string): PlanCounts[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const words = line.split(' ')
      const [requests, switches, barriers, returns, stayed, usual] = words.map(Number)
      return {
        requests,
        switches,
        barriers,
        returns,
        stayed,
        usual,
        returnedFor: words.slice(6),
      }
    })
}

/** What became of the plan, in a line for people. */
export function countsText(processes: readonly PlanCounts[]): string {
  if (processes.length === 0)
    return 'plan: no program launched kernels and ended by itself, so nothing is known of it'
  const total = (of: (counts: PlanCounts) => number) => sum(processes.map(of))
  const stayed = total((counts) => counts.stayed)
  const requests = total((counts) => counts.requests)
  if (requests === 0) {
    const usual = processes.map((counts) => counts.usual).join(' and ')
    return `plan: no request of it came twice in a row; ${stayed} kernels ran anywhere, most often ${usual} between two waits`
  }
  const each = (of: (counts: PlanCounts) => number) => fixed(total(of) / requests, 1)
  const switches = each((counts) => counts.switches)
  const barriers = each((counts) => counts.barriers)
  const returns = each((counts) => counts.returns)
  return `plan: ${requests} requests, each with ${switches} switches, ${barriers} barriers and ${returns} returns; ${stayed} kernels ran anywhere`
}
