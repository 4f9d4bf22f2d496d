/** What the system shows about running processes in `/proc`, and signals to them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** The ids of all processes. */
export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** A file of a process in `/proc`; empty if the process has ended meanwhile or belongs to another user. */
export function processText(pid: number, file: 'comm' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The processes that were started with a variable in their environment, given as `NAME=value`. */
export function processesWith(variable: string): number[] {
  return processIds().filter((pid) => processText(pid, 'environ').split('\0').includes(variable))
}

/** Sends a signal to a process, or to a process group if the number is negative: its leader's id, negated. */
export function signalIfThere(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * The processes that have a file open. A process that is ending no longer shows any files, although
 * the system may not have closed them yet.
 * @param file a path without links
 */
export function processesWithOpen(file: string): number[] {
  return processIds().filter((pid) => openFiles(pid).includes(file))
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return orNothing(() => readdirSync(folder)).flatMap((name) =>
    orNothing(() => [readlinkSync(join(folder, name))]),
  )
}

/** An empty list if the process has ended meanwhile, or belongs to another user. */
function orNothing(read: () => string[]): string[] {
  try {
    return read()
  } catch {
    return []
  }
}
