import { type Device, totalCus } from '../../device/device.js'
import { sum } from '../../numbers.js'
import type { ServedModelPlan, ServingMechanism, ServingPlan } from '../../plan/serving-plan.js'
import { invalid, type Refusal } from '../refusal.js'
import { type ModelFacts, withRoughTimes } from './model-facts.js'
import type { TrialRequest } from './trial.js'

/** What every other plan has to respect. */
export interface PlanLimits {
  readonly device: Device
  /** The mechanisms that the device can change to while the server runs. */
  readonly mechanisms: readonly ServingMechanism[]
  /** By the name of the model in the plan. */
  readonly facts: ReadonlyMap<string, ModelFacts>
}

/** The plan in force with the changes that a request asks for. @throws Refusal `invalid` */
export function anotherPlan(
  present: ServingPlan,
  { mechanism, models }: TrialRequest,
  limits: PlanLimits,
): ServingPlan {
  if (!limits.mechanisms.includes(mechanism))
    throw invalid(`mechanism: expected ${limits.mechanisms.join(' or ')}, found ${mechanism}`)
  const changes = new Map(models.map((model) => [model.name, model]))
  if (changes.size < models.length) throw invalid('models: a name is there twice')
  const unknown = models.find(({ name }) => !limits.facts.has(name))
  if (unknown !== undefined) throw invalid(`models: unknown model '${unknown.name}'`)
  const changed = present.models.map((model) => {
    const change = changes.get(model.name)
    return change === undefined ? model : changedModel(model, change, limits)
  })
  const launches = sum(changed.map(({ instances }) => instances))
  const isBound = present.concurrency < sum(present.models.map(({ instances }) => instances))
  const plan = {
    ...present,
    mechanism,
    concurrency: isBound ? Math.min(present.concurrency, launches) : launches,
    models: changed,
    evidence: { policy: 'hand', parameters: {} },
  }
  return withLikelyTimes(plan, present, limits)
}

function changedModel(
  model: ServedModelPlan,
  { instances, cus, largestBatch, maxDelayMs }: TrialRequest['models'][number],
  { device, facts }: PlanLimits,
): ServedModelPlan {
  const known = facts.get(model.name)!
  const batches = known.batches.filter((batch) => batch <= largestBatch)
  const limit = (field: string, expected: string, found: number): Refusal =>
    invalid(`model '${model.name}': ${field}: expected ${expected}, found ${found}`)
  if (batches.length === 0)
    throw limit('largestBatch', `at least ${known.batches[0]}`, largestBatch)
  if (instances > known.mostInstances)
    throw limit('instances', `at most ${known.mostInstances}`, instances)
  if (cus > totalCus(device)) throw limit('cus', `at most ${totalCus(device)}`, cus)
  return { ...model, instances, share: cus, maxDelayMs, batches }
}

/**
 * The plan with the times that its launches will probably take. They are the rough times, corrected by the ratio
 * between what the plan in force expects of the same launch and the rough time of that launch under it.
 */
function withLikelyTimes(
  plan: ServingPlan,
  present: ServingPlan,
  { facts, device }: PlanLimits,
): ServingPlan {
  const rough = withRoughTimes(plan, facts, device)
  const roughPresent = withRoughTimes(present, facts, device)
  const models = rough.models.map((model, m) => {
    const known = present.models[m]
    const correction = (batch: number, others: number): number => {
      const alike = [...known.batches].reverse().find((one) => one <= batch) ?? known.batches[0]
      return (
        at(known.expectedMs[alike], others) / at(roughPresent.models[m].expectedMs[alike], others)
      )
    }
    const expectedMs = Object.fromEntries(
      Object.entries(model.expectedMs).map(([batch, times]) => [
        batch,
        times.map((timeMs, others) => timeMs * correction(Number(batch), others)),
      ]),
    )
    return { ...model, expectedMs }
  })
  return { ...rough, models }
}

/** The time of a launch beside this many others. The last one known also holds for more. */
function at(times: readonly number[], others: number): number {
  return times[Math.min(others, times.length - 1)]
}
