/** What the system shows of running processes, in `/proc`. */
import { readdirSync, readFileSync } from 'node:fs'

/** The numbers of all processes. */
export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** A process's file; empty for one that has ended meanwhile, or is another user's. */
export function processText(pid: number, file: 'comm' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The processes that were started with a variable in their environment, written `NAME=value`. */
export function processesWith(variable: string): number[] {
  return processIds().filter((pid) => processText(pid, 'environ').split('\0').includes(variable))
}
