import { readFileSync } from 'node:fs'

/** How many files, connections among them, this process may have open at once; infinite if the system does not say. */
export function mostOpenFiles(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const most = Number(/^Max open files +(\d+)/m.exec(limits)?.[1])
    return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
