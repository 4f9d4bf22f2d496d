/**
 * Locks on files that the system lets go when the last process that holds them ends, however it
 * ends: what a number in a file cannot promise.
 */
import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'

/** `flock`'s operations. */
const OPERATION = { shared: 1, exclusive: 2, withoutWaiting: 4 } as const

/**
 * A file opened to be locked. Processes that inherit the descriptor hold the lock together with
 * this one.
 */
export class FileLock {
  readonly descriptor: number

  /** Makes the file if there is none. Its folder has to exist. */
  constructor(path: string) {
    this.descriptor = openSync(path, 'a', 0o600)
  }

  /** Takes the lock if nobody else's is in the way. */
  take(kind: 'shared' | 'exclusive'): boolean {
    return flock()(this.descriptor, OPERATION[kind] | OPERATION.withoutWaiting) === 0
  }

  /** Closes the file; the lock stays with those who inherited it. */
  close(): void {
    closeSync(this.descriptor)
  }
}

let loaded: ((descriptor: number, operation: number) => number) | undefined

/** Loaded when it is first used, since most commands need no locks. */
function flock(): (descriptor: number, operation: number) => number {
  loaded ??= koffi.load(null).func('int flock(int, int)')
  return loaded
}
