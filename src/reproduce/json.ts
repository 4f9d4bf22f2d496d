import { relative, relativeTo } from './relative.js'
import type { Reproduction } from './reproduce.js'
import type { MixResult, PolicyResult } from './run-mix.js'

/** The results as plain data. The same input gives the same bytes. */
export function reproductionJson(result: Reproduction): object {
  const { mixes, ...rest } = result
  return { format: 'eclip.reproduction/1', ...rest, mixes: mixes.map(mixJson) }
}

function mixJson(result: MixResult): object {
  const { id, models, switches } = result.mix
  return {
    id,
    models,
    paperSwitches: switches,
    policies: [...result.policies.values()].map((policy) => policyJson(result, policy)),
    withFreeSwitches: [...result.freeSwitches].map(([policy, metrics]) => ({
      policy,
      relativeToBaseline: relativeTo(result, metrics),
    })),
  }
}

function policyJson(result: MixResult, of: PolicyResult): object {
  const { policy, metrics, switches, mostSwitchesOfWorker, maskedStreams } = of
  return {
    policy,
    switchesPerRequest: switches,
    mostSwitchesOfWorker,
    maskedStreams,
    relativeToBaseline: relative(result, policy),
    metrics,
  }
}
