/** What the system shows of running processes, in `/proc`, and signals to them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

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

/** Sends a signal to a process, or to a group where the number is that of its leader and negative. */
export function signalIfThere(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * The processes that have a file open. One that is ending shows no files any more, though the system
 * may not have closed them yet.
 * @param file without links in its path
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

/** Nothing of what has ended meanwhile, or is another user's. */
function orNothing(read: () => string[]): string[] {
  try {
    return read()
  } catch {
    return []
  }
}
