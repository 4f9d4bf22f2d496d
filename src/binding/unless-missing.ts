import { WorkError } from '../errors.js'

/** What `open` opens; undefined where this machine has no such thing, which a WorkError says. */
export function unlessMissing<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}
