/** What the system knows about processes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { processIds, processText } from '../io/process-list.js'

/** A process by its id and its start time, since ids are reused. */
export interface ProcessId {
  readonly pid: number
  /** Clock ticks from the start of the system to the start of the process. */
  readonly startTicks: number
}

interface ProcessStatus extends ProcessId {
  readonly parent: number
  readonly group: number
}

/** A running process by its id; undefined if there is none, or it has ended. */
export function processOf(pid: number): ProcessId | undefined {
  const status = statusOf(pid)
  return status && { pid, startTicks: status.startTicks }
}

/** Whether a process is still running. */
export function isAlive({ pid, startTicks }: ProcessId): boolean {
  return statusOf(pid)?.startTicks === startTicks
}

/** The ids of a process, of those that it started, and of all in its group. */
export function familyOf(pid: number): number[] {
  const all = processIds().flatMap((one) => statusOf(one) ?? [])
  const family = new Set([pid])
  // The list may name parents after their children, so it is scanned until nothing more is added.
  for (let size = 0; size < family.size; ) {
    size = family.size
    for (const one of all) {
      if (one.group === pid || family.has(one.parent)) family.add(one.pid)
    }
  }
  return [...family]
}

/** A driver may take seconds to clean up after a process, in ms. */
const ENDING_MS = 10_000
const LOOK_EVERY_MS = 10

/** Resolves when none of the processes, which were told to end, runs any more; after 10 s in any case. */
export async function untilEnded(pids: readonly number[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < ENDING_MS; waitedMs += LOOK_EVERY_MS) {
    if (pids.every((pid) => processOf(pid) === undefined)) return
    await sleep(LOOK_EVERY_MS)
  }
}

/** `/proc/PID/stat`. The name is in brackets and may contain anything, so the fields follow the last bracket. */
function statusOf(pid: number): ProcessStatus | undefined {
  const text = processText(pid, 'stat')
  const [state, parent, group, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (text === '' || state === 'Z' || state === 'X') return undefined
  return { pid, parent: Number(parent), group: Number(group), startTicks: Number(rest[16]) }
}
