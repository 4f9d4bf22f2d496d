import { WorkError } from '../errors.js'

/**
 * The result of `open`, or undefined if it throws a WorkError because this machine lacks what it
 * opens.
 */
export function unlessMissing<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}
