import { WorkError } from '../errors.js'

/**
 * What `open` returns, or undefined if it throws a WorkError because this machine has no such
 * thing.
 */
export function unlessMissing<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}
