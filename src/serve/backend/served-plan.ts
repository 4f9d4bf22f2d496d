import { basename } from 'node:path'
import { checkServingPlan } from '../../plan/check-serving.js'
import type { ServedModelPlan, ServingPlan } from '../../plan/serving-plan.js'
import { LONGEST_US } from '../../quantities.js'
import type { Demand } from '../../workload/demand.js'
import type { DeviceKind } from './devices.js'

/**
 * Makes a plan from any source fit to be put into force by a server.
 * @throws InputError if it does not fit the demand that is served
 */
export function servedPlan(plan: ServingPlan, demand: Demand, kind: DeviceKind): ServingPlan {
  checkServingPlan(plan, demand, 'the plan')
  const named = underServedNames(plan)
  return kind === 'cpu' ? withoutTargets(named) : named
}

/** The plan under the names that clients use for its models. */
export function underServedNames(plan: ServingPlan): ServingPlan {
  const names = servedNames(plan.models)
  return { ...plan, models: plan.models.map((model, m) => ({ ...model, name: names[m] })) }
}

/**
 * The names that clients use for models: those of the models, shortened and made fit for a URL. Models that would
 * have the same name are told apart by the samples in a request, and then by a number.
 */
export function servedNames(
  models: readonly Pick<ServedModelPlan, 'model' | 'samples'>[],
): string[] {
  const short = models.map(({ model }) => shortName(model))
  const taken = new Set<string>()
  return models.map(({ samples }, m) => {
    const isAlone = short.indexOf(short[m]) === short.lastIndexOf(short[m])
    const wanted = isAlone ? short[m] : `${short[m]}-${samples}`
    let name = wanted
    for (let nth = 2; taken.has(name); nth++) name = `${wanted}-${nth}`
    taken.add(name)
    return name
  })
}

/** Turns `torchvision:resnet50` into resnet50, and `models/my.pt2` into my. */
function shortName(model: string): string {
  const name = basename(model.split('?')[0].replace(/^.*:/, '')).replace(/\.\w+$/, '')
  return name.replace(/[^\w.-]/g, '-')
}

/**
 * The plan for a processor. The times and the load that were expected of the device mean nothing there, so no
 * request is dropped unless it has a timeout of its own.
 */
export function withoutTargets(plan: ServingPlan): ServingPlan {
  const models = plan.models.map((model) => ({
    ...model,
    instances: 1,
    maxDelayMs: 0,
    targetMs: NO_TARGET_MS,
    expectedMs: Object.fromEntries(model.batches.map((batch) => [batch, [UNKNOWN_MS]])),
  }))
  const { policy, parameters } = plan.evidence
  const evidence = { policy, parameters }
  return { ...plan, mechanism: 'streams', concurrency: models.length, models, evidence }
}

/** The target of a model without one: the longest time that a plan can express. */
export const NO_TARGET_MS = LONGEST_US / 1000
const UNKNOWN_MS = 1e-3
