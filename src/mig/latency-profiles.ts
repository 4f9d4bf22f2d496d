import { InputError } from '../errors.js'
import { measuredCus, requestUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import { type LatencyModel, latencyModelOf } from './latency-model.js'

/**
 * Latency by compute units and batch, from kernel profiles of one model at several batches. A
 * request is assumed to run alone, one kernel after another, unless the profile measured whole
 * requests.
 * @throws InputError when the profiles are of different models or do not have the same unit counts
 */
export function latencyModelFromProfiles(profiles: readonly Profile[], file: string): LatencyModel {
  const [first] = profiles
  const other = profiles.find(({ model }) => model !== first.model)
  if (other !== undefined) {
    throw new InputError({
      file,
      expected: `profiles of one model, ${first.model}`,
      found: `one of ${other.model}`,
    })
  }
  const points = profiles.flatMap((profile) =>
    measuredCus(profile).map((cus) => ({
      cus,
      batch: profile.batch,
      latencyUs: requestUs(profile, cus),
      place: `batch ${profile.batch} on ${cus} units`,
    })),
  )
  const source = `simulated from kernel profiles on ${first.device}, interpolated`
  return latencyModelOf(first.model, source, points, file)
}
