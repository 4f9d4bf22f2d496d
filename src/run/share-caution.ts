/** Warns before a program starts of what may go wrong under its share. */
import { toldOfWholeDevice } from '../binding/mps/client.js'

/**
 * A caution for shares under which libraries may compute wrong results without an error. Undefined if there are
 * no such shares, or if programs are told that they have the whole device, which prevents this.
 * @param told the environment that tells programs so
 */
export function shareCaution(
  percents: readonly number[],
  told: Readonly<Record<string, string>> = toldOfWholeDevice(),
): string | undefined {
  const partial = [...new Set(percents)].filter((percent) => percent < 100)
  if (partial.length === 0 || Object.keys(told).length > 0) return undefined
  const shares = partial.map((percent) => `${percent}%`).join(', ')
  return `caution: programs could not be told of the whole GPU (eclip doctor says why), so libraries may compute wrong under a share of ${shares}, without an error; compare the program's results with those under 100% (docs/process.md)`
}
