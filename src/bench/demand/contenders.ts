import { fingerprint, totalCus } from '../../device/device.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import type { Demand } from '../../workload/demand.js'

/** A way to serve a demand, with its name. */
export interface Contender {
  readonly name: string
  readonly plan: ServingPlan
}

/** What somebody tries who tunes MPS by hand: shares in percent, and instances of every model. */
export const TRIED_SHARES = [100, 60, 50, 40, 30, 25] as const
export const TRIED_INSTANCES = [1, 2, 3] as const

/**
 * A rival's plan: it treats every model alike, serves first come first served, batches the requests
 * that happen to wait, and drops nothing.
 */
export function rivalPlan(
  demand: Demand,
  policy: string,
  choice: Pick<ServingPlan, 'mechanism'> & { instances: number; sharePercent: number },
): ServingPlan {
  const { device, models } = demand
  const share = Math.max(1, Math.round((choice.sharePercent / 100) * totalCus(device)))
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
        model.profiles.map(({ batch }) => [batch, [model.soloUs / 1000]]),
      ),
    })),
    evidence: { policy, parameters: { ...choice } },
  }
}

/** Plain streams: one process, one instance of each model, no partition. */
export function plainStreams(demand: Demand): Contender {
  const plan = rivalPlan(demand, 'streams', {
    mechanism: 'streams',
    instances: 1,
    sharePercent: 100,
  })
  return { name: 'streams', plan }
}

/** Processes without MPS, which the driver gives the device in turns. */
export function timeSlices(demand: Demand): Contender {
  const plan = rivalPlan(demand, 'time-slices', {
    mechanism: 'time-slices',
    instances: 1,
    sharePercent: 100,
  })
  return { name: 'time-slices', plan }
}

/** MPS at one share, with every number of instances tried. */
export function mpsContenders(demand: Demand, sharePercent: number): Contender[] {
  return TRIED_INSTANCES.map((instances) => {
    const name = `mps-${sharePercent}%-x${instances}`
    return { name, plan: rivalPlan(demand, name, { mechanism: 'mps', instances, sharePercent }) }
  })
}
