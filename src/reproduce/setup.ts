import type { Device } from '../device/device.js'
import type { Evaluator } from '../evaluate/evaluator.js'
import { getOrMake } from '../maps.js'
import type { Policy, PolicyParameters } from '../policy/policy.js'
import type { Profile } from '../profile/profile.js'
import { synthesize } from '../synthesize/synthesize.js'
import { closedLoopWorker, type Scenario } from '../workload/scenario.js'
import { type PaperMix, paperMixes } from './paper.js'
import type { Model } from './perturb.js'

/** Everything that a reproduction needs, the same for all mixes. */
export interface Setup {
  readonly device: Device
  readonly batch: number
  /** Profile of a model at a batch size, or undefined if there is none. */
  readonly profile: (model: string, batch: number) => Profile | undefined
  readonly policies: ReadonlyMap<string, Policy>
  readonly parameters: PolicyParameters
  readonly seed: number
  /**
   * Opens an evaluator that simulates plans of one scenario, for a report or for averages. The caller closes it.
   */
  readonly openEvaluator: (scenario: Scenario, purpose: 'report' | 'average') => Evaluator
}

/** Profiles made from layers for a modelled device, each made once. */
export function synthesizedProfiles({ device, roofline }: Model): Setup['profile'] {
  const made = new Map<string, Profile>()
  return (model, batch) =>
    getOrMake(made, `${model}/${batch}`, () => synthesize(model, batch, device, { roofline }))
}

/**
 * A scenario of models that share the device. Each model runs in a closed loop, because the paper loads each at the
 * highest rate that it sustains. Undefined if a model has no profile at the batch size.
 */
function scenarioOf(setup: Setup, models: readonly string[]): Scenario | undefined {
  const profiles = models.map((model) => setup.profile(model, setup.batch))
  const workers = profiles.flatMap((profile, i) =>
    profile === undefined ? [] : [closedLoopWorker(`${profile.model}#${i + 1}`, profile)],
  )
  return workers.length === models.length ? { device: setup.device, workers } : undefined
}

/** A mix of the paper and its scenario on the setup's device. */
export interface RunnableMix {
  readonly mix: PaperMix
  readonly scenario: Scenario
}

/** The paper's mixes whose models all have profiles. */
export function runnableMixes(setup: Setup): RunnableMix[] {
  return paperMixes.flatMap((mix) => {
    const scenario = scenarioOf(setup, mix.models)
    return scenario === undefined ? [] : [{ mix, scenario }]
  })
}
