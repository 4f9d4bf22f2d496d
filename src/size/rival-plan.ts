import { fingerprint } from '../device/device.js'
import { servingShareCus } from '../device/share.js'
import type { ServingPlan } from '../plan/serving-plan.js'
import { requestUs } from '../profile/duration.js'
import type { Demand } from '../workload/demand.js'

/**
 * A rival's plan. It treats every model alike, serves first come first served, and drops nothing.
 * It batches the requests that happen to wait wherever their profiles, alone on that share, say
 * that this pays.
 */
export function rivalPlan(
  demand: Demand,
  policy: string,
  choice: Pick<ServingPlan, 'mechanism'> & { instances: number; sharePercent: number },
): ServingPlan {
  const { device, models } = demand
  const share = servingShareCus(device, choice.sharePercent)
  return {
    format: 'eclip.serving/1',
    device: { name: device.name, fingerprint: fingerprint(device) },
    mechanism: choice.mechanism,
    concurrency: models.length * choice.instances,
    priority: 'none',
    models: models.map((model) => ({
      name: model.name,
      model: model.model,
      samples: model.samples,
      batches: model.profiles.map(({ batch }) => batch),
      maxDelayMs: 0,
      targetMs: model.targetUs / 1000,
      quantile: model.quantile,
      priorityClass: 'normal',
      late: 'serve',
      instances: choice.instances,
      share,
      expectedMs: Object.fromEntries(
        model.profiles.map((profile) => [profile.batch, [requestUs(profile, share) / 1000]]),
      ),
    })),
    evidence: { policy, parameters: { ...choice } },
  }
}
