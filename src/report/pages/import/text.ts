import type { ImportedProfile } from '../../../profile/importers/profile-of.js'
import { counted, significant } from '../../kit/format.js'

/**
 * What was found in a trace, and what became of it.
 * @param tool the tool that recorded the trace
 */
export function importText({ profile, request, kernelsUs }: ImportedProfile, tool: string): string {
  const { requests, kernels, leftOut, spanUs } = request
  const each = requests === 1 ? '' : ' each'
  return [
    `${tool}: ${counted(requests, 'request')} of ${counted(kernels.length, 'kernel')}${each}; ${counted(leftOut, 'kernel')} left out`,
    `${profile.model}/${profile.batch} on ${profile.device}: ${significant(kernelsUs / 1000)} ms in kernels, ${significant(spanUs / 1000)} ms from the first to the last as traced`,
  ].join('\n')
}
