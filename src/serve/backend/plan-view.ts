import { explainServing } from '../../plan/explain-serving.js'
import type { ServedModelPlan, ServingPlan } from '../../plan/serving-plan.js'
import type { ActivePlan } from './active-plan.js'
import type { BackendModelView, BackendView } from './backend.js'
import type { DeviceUse } from './device-use.js'
import { NO_TARGET_MS } from './served-plan.js'

type PlanView = NonNullable<BackendView['plan']>

/** The plan in force, as the dashboard and the metrics show it. */
export function planView(
  plan: ServingPlan,
  { sinceMs, switches }: Pick<PlanView, 'sinceMs' | 'switches'>,
): PlanView {
  return {
    mechanism: plan.mechanism,
    policy: plan.evidence.policy,
    words: explainServing(plan),
    sinceMs,
    switches,
    ...gains(plan.evidence),
  }
}

/** What a plan carries compared with plain streams, as far as the plan says so itself. */
function gains({
  predicted,
  benchmarked,
}: ServingPlan['evidence']): Pick<PlanView, 'predicted' | 'benchmarked'> {
  const { goodput, plainStreamsGoodput } = predicted ?? {}
  return {
    ...(goodput !== undefined &&
      plainStreamsGoodput !== undefined && { predicted: { goodput, plainStreamsGoodput } }),
    ...(benchmarked && { benchmarked }),
  }
}

/** A model of the plan in force: what it is to keep, what it has used and what it does at the moment. */
export function modelView(
  { name, priorityClass, targetMs, quantile }: ServedModelPlan,
  active: ActivePlan,
  use: DeviceUse,
): BackendModelView {
  const { cuMs, energyJ } = use.of(name)
  return {
    priorityClass,
    ...(targetMs < NO_TARGET_MS && { target: { ms: targetMs, quantile } }),
    cuMs,
    ...(energyJ !== undefined && { energyJ }),
    waiting: active.waiting(name),
    running: active.running(name),
  }
}
