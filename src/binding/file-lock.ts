/**
 * Locks on files. The system releases them when the last process that holds them ends, however it
 * ends, which a process id in a file cannot guarantee.
 */
import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'
import { writing } from '../io/write.js'

/** `flock`'s operations. */
const OPERATION = { shared: 1, exclusive: 2, withoutWaiting: 4 } as const

/**
 * A file that is opened to be locked. Processes that inherit the descriptor hold the lock together
 * with this one.
 */
export class FileLock {
  readonly descriptor: number

  /** Creates the file if it does not exist. @throws WorkError if it cannot be written */
  constructor(path: string) {
    this.descriptor = writing(path, () => openSync(path, 'a', 0o600))
  }

  /** Takes the lock unless somebody else's lock is in the way. @returns whether it was taken */
  take(kind: 'shared' | 'exclusive'): boolean {
    return flock()(this.descriptor, OPERATION[kind] | OPERATION.withoutWaiting) === 0
  }

  /** Closes the file. The lock stays with the processes that inherited it. */
  close(): void {
    closeSync(this.descriptor)
  }
}

let loaded: ((descriptor: number, operation: number) => number) | undefined

/** Loaded on first use, since most commands need no locks. */
function flock(): (descriptor: number, operation: number) => number {
  loaded ??= koffi.load(null).func('int flock(int, int)')
  return loaded
}
