import { isDeepStrictEqual } from 'node:util'
import { soloUs } from '../profile/duration.js'
import type { Profile } from '../profile/profile.js'
import type { ArrivalProcess, Demand, DemandModel } from '../workload/demand.js'
import { offeredRate } from '../workload/load.js'
import { withDistinctNames } from '../workload/names.js'
import type { Load, Scenario, ScenarioWorker } from '../workload/scenario.js'
import { loadProfile, profiledBatches } from './library.js'

/** Samples that a server may run together if a demand does not say otherwise. */
const LARGEST_BATCH = 32
/** Target of a worker that has none, in multiples of its latency alone. */
const TIMES_SOLO = 10
/** The quantile of a workload's target, which is a p95. */
const QUANTILE = 0.95

/**
 * Turns a workload into a demand on a server of its models. Replicas become instances of one model.
 * A worker in a closed loop gets the rate that an equal part of the device could serve, and a worker
 * without a target gets ten times its latency alone. Minimum shares mean nothing to a server.
 */
export function demandOfScenario({ device, workers }: Scenario): Demand {
  const models = replicasOf(workers).map((replicas): DemandModel => {
    const [{ profile, load, p95TargetMs, priorityClass }] = replicas
    const aloneUs = soloUs(profile, device)
    const part = 1e6 / aloneUs / workers.length
    return {
      name: `${profile.model}/${profile.batch}`,
      model: profile.model,
      profiles: [profile, ...largerProfiles(device.name, profile)],
      ratePerSecond: replicas.length * (offeredRate(load) ?? part),
      arrivals: arrivalsOf(load),
      samples: profile.batch,
      targetUs: p95TargetMs === undefined ? TIMES_SOLO * aloneUs : p95TargetMs * 1000,
      soloUs: aloneUs,
      quantile: QUANTILE,
      priorityClass,
      mostInstances: replicas.length,
    }
  })
  return { device, models: withDistinctNames(models) }
}

/** Workers by what they are replicas of: those that are alike in all but their names. */
function replicasOf(workers: readonly ScenarioWorker[]): ScenarioWorker[][] {
  const groups: ScenarioWorker[][] = []
  for (const worker of workers) {
    const group = groups.find(([first]) =>
      isDeepStrictEqual({ ...worker, name: first.name }, first),
    )
    if (group === undefined) groups.push([worker])
    else group.push(worker)
  }
  return groups
}

/** Profiles in the library of the same model at larger batches, for requests that run together. */
function largerProfiles(device: string, { model, batch }: Profile): Profile[] {
  const batches = profiledBatches(device, model)
  if (!batches.includes(batch)) return []
  const larger = batches.filter((one) => one > batch && one <= LARGEST_BATCH)
  return larger.map((one) => loadProfile(device, model, one))
}

function arrivalsOf(load: Load): ArrivalProcess {
  if (load.kind === 'periodic') {
    return { kind: 'trace', timesS: [0, load.everyUs / 1e6], file: 'the period' }
  }
  if (load.kind !== 'trace') return { kind: 'poisson' }
  return { kind: 'trace', timesS: load.arrivalsUs.map((us) => us / 1e6), file: 'the trace' }
}
