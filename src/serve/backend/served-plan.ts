import { basename } from 'node:path'
import { checkServingPlan } from '../../plan/check-serving.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { LONGEST_US } from '../../quantities.js'
import type { Demand } from '../../workload/demand.js'
import type { DeviceKind } from './devices.js'

/**
 * The plan as a server puts it into force, whoever made it.
 * @throws InputError if it does not fit the demand that is served
 */
export function servedPlan(plan: ServingPlan, demand: Demand, kind: DeviceKind): ServingPlan {
  checkServingPlan(plan, demand, 'the plan')
  const named = underServedNames(plan)
  return kind === 'cpu' ? withoutTargets(named) : named
}

/**
 * The plan under the names that clients use: the names of its models, shortened and made fit for a
 * URL. Models whose names would be equal are told apart by the samples in a request, and then by a
 * number.
 */
export function underServedNames(plan: ServingPlan): ServingPlan {
  const short = plan.models.map(({ model }) => shortName(model))
  const taken = new Set<string>()
  const models = plan.models.map((model, i) => {
    const isAlone = short.indexOf(short[i]) === short.lastIndexOf(short[i])
    const wanted = isAlone ? short[i] : `${short[i]}-${model.samples}`
    let name = wanted
    for (let nth = 2; taken.has(name); nth++) name = `${wanted}-${nth}`
    taken.add(name)
    return { ...model, name }
  })
  return { ...plan, models }
}

/** `torchvision:resnet50` is resnet50, `models/my.pt2` is my. */
function shortName(model: string): string {
  const name = basename(model.split('?')[0].replace(/^.*:/, '')).replace(/\.\w+$/, '')
  return name.replace(/[^\w.-]/g, '-')
}

/**
 * The plan for a processor, where neither the times that were expected of the device hold nor what it
 * was to carry. No request is dropped unless it says itself when it must end.
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

/** The target of a model that has none: the longest that a plan can say. */
export const NO_TARGET_MS = LONGEST_US / 1000
const UNKNOWN_MS = 1e-3
