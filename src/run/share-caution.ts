/** What may go wrong under a share, to be said before a program starts. */
import { h200 } from '../device/catalog/h200.js'
import { type Device, isCheckedShare } from '../device/device.js'
import { shareCus } from '../device/share.js'

/**
 * A caution for shares under which nobody has compared what libraries compute; undefined if there
 * are none.
 * @param own the user's own device, as it was characterized; where that did not compare results, it
 *   goes by the GPU on which they were first seen to be wrong, without an error
 */
export function shareCaution(percents: readonly number[], own?: Device): string | undefined {
  const device = own?.mpsCheckedCus === undefined ? h200 : own
  const unchecked = [...new Set(percents)].filter(
    (percent) => !isCheckedShare(device, shareCus(device, percent)),
  )
  if (unchecked.length === 0) return undefined
  const shares = unchecked.map((percent) => `${percent}%`).join(', ')
  return `caution: libraries may compute wrong under a share of ${shares}, without an error; compare the program's results with those under 100% (docs/process.md)`
}
