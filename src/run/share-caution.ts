/** What may go wrong under a share, to be said before a program starts. */
import { h200 } from '../device/catalog/h200.js'
import { isCheckedShare } from '../device/device.js'
import { shareCus } from '../device/share.js'

/**
 * A caution for shares under which nobody has compared what libraries compute; undefined if there
 * are none. It goes by the GPU on which they were first seen to compute wrong, without an error.
 */
export function shareCaution(percents: readonly number[]): string | undefined {
  const unchecked = [...new Set(percents)].filter(
    (percent) => !isCheckedShare(h200, shareCus(h200, percent)),
  )
  if (unchecked.length === 0) return undefined
  const shares = unchecked.map((percent) => `${percent}%`).join(', ')
  return `caution: libraries may compute wrong under a share of ${shares}, without an error; compare the program's results with those under 50% or 100% (docs/process.md)`
}
