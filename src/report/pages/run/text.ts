import { sum } from '../../../numbers.js'
import type { ProcessCounts, RequestCounts } from '../../../run/plan-counts.js'
import { counted, fixed } from '../../kit/format.js'

/** How a plan was carried out in a program: a line for each worker that had requests. */
export function countsText(
  members: readonly string[],
  processes: readonly ProcessCounts[],
): string[] {
  if (processes.length === 0)
    return ['plan: no program launched kernels and ended by itself, so nothing is known of it']
  const stayed = sum(processes.map(({ stayed }) => stayed))
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
  const usual = processes.map(({ usual }) => usual).join(', ')
  const none = `plan: no request came twice in a row; between two waits there were mostly ${usual} kernels`
  return [...(lines.length === 0 ? [none] : lines), `plan: ${stayed} kernels ran anywhere`]
}
