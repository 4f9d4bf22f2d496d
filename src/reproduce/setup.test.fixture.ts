import { mi50 } from '../device/catalog/mi50.js'
import { createEvaluator } from '../evaluate/evaluator.js'
import { DEFAULT_PARAMETERS } from '../policy/policy.js'
import { policies } from '../policy/registry.js'
import type { Roofline } from '../synthesize/roofline.js'
import { rooflines } from '../synthesize/rooflines.js'
import { synthesize } from '../synthesize/synthesize.js'
import { paperMixes } from './paper.js'
import type { Model } from './perturb.js'
import type { Setup } from './setup.js'

const roofline = rooflines.get('mi50') as Roofline
/** The MI50 as it ships. */
export const nominal: Model = { device: mi50, roofline }

/** The model that ships, in one thread, with windows that are just long enough for the slowest request. */
export function setupOf(model: Model, changed: Partial<Setup> = {}): Setup {
  return {
    device: model.device,
    batch: 1,
    profile: (name, batch) => synthesize(name, batch, model.device, model),
    policies,
    parameters: { ...DEFAULT_PARAMETERS, searchPlans: 4 },
    seed: 1,
    openEvaluator: (scenario) =>
      createEvaluator(scenario, { seed: 1, mode: 'exact', warmupUs: 5_000, durationUs: 40_000 }),
    ...changed,
  }
}

/** A mix of the paper by its number. */
export const mixOf = (id: number): (typeof paperMixes)[number] =>
  paperMixes.find((mix) => mix.id === id) as (typeof paperMixes)[number]

/** Gives profiles only to the models of one mix, so that no other mix can be run. */
export function onlyMix(id: number): Partial<Setup> {
  const { models } = mixOf(id)
  return {
    profile: (name, batch) => (models.includes(name) ? synthesize(name, batch, mi50) : undefined),
  }
}
