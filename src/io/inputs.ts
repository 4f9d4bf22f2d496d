import type { Stats } from 'node:fs'

type Identity = Pick<Stats, 'dev' | 'ino'>

const read = new Set<string>()

/**
 * Remembers a file that was read. It remembers the file itself and not its name, because links lead
 * to the same file.
 */
export function noteInput(file: Identity): void {
  read.add(key(file))
}

/** Whether this process has read the file, in which case writing it would destroy an input. */
export function isInput(file: Identity): boolean {
  return read.has(key(file))
}

function key({ dev, ino }: Identity): string {
  return `${dev}:${ino}`
}
