import { isHost } from '../device/device.js'
import { isProbed } from '../simulate/model/interference.js'
import type { Scenario } from '../workload/scenario.js'
import { recordedErrorOf } from './recorded-error.js'

/**
 * A warning for readers if interference between workers is guessed and nobody recorded how far off that
 * makes predictions. Undefined if the interference was measured, the error was recorded, or nobody
 * shares the device.
 */
export function guessCaution(scenario: Scenario): string | undefined {
  const { device, workers } = scenario
  if (workers.length === 1 || isHost(device) || recordedErrorOf(scenario)) return undefined
  const guessed = workers.filter(({ profile }) => !isProbed(device, profile))
  if (guessed.length === 0) return undefined
  const models = new Set(guessed.map(({ profile: { model, batch } }) => `${model}/${batch}`))
  const who = device.hogs
    ? 'eclip profile measures'
    : 'eclip characterize and eclip profile measure'
  return `interference with ${[...models].join(', ')} is guessed from how kernels scale (${who} it)`
}
