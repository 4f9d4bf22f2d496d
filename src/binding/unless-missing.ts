import { attempt, WorkError } from '../errors.js'

/**
 * The result of `open`, or undefined if it throws a WorkError because this machine lacks what it
 * opens.
 */
export function unlessMissing<T>(open: () => T): T | undefined {
  const opened = attempt(open)
  return opened instanceof WorkError ? undefined : opened
}
