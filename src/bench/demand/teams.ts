import { servingSharePercent } from '../../device/share.js'
import { attempted, type WorkError } from '../../errors.js'
import { groupedBy } from '../../maps.js'
import type { ServingPlan } from '../../plan/serving-plan.js'
import { InstanceTeam, type TeamModel } from '../../torch/instance-team.js'
import { modelRequest } from '../../torch/model-request.js'
import type { WorkerProcessOptions } from '../../torch/worker-process.js'
import type { Demand } from '../../workload/demand.js'
import type { Contender } from './contenders.js'

/** Groups of contenders that can run one after another in the same processes. */
export function byTeam(contenders: readonly Contender[]): Contender[][] {
  const processesOf = ({ plan: { mechanism, models } }: Contender): string =>
    JSON.stringify([
      mechanism,
      models.map(({ model, batches, instances, share }) => [model, batches, instances, share]),
    ])
  return [...groupedBy(contenders, processesOf).values()]
}

/** Work to do with a team while it is up. Launches may use `levels` priority levels. */
export type TeamWork = (team: InstanceTeam, levels: number) => Promise<void>

/**
 * Starts the processes that contenders share, and ends them after the work.
 * @param contenders the contenders, the last of which has the most instances
 * @returns why the processes did not come up or the work failed; undefined if all went well
 */
export async function withTeam(
  demand: Demand,
  contenders: readonly Contender[],
  options: WorkerProcessOptions,
  work: TeamWork,
): Promise<WorkError | undefined> {
  const { plan } = contenders.at(-1)!
  const isLeveled = contenders.some((contender) => contender.plan.priority === 'deadline')
  const levels = isLeveled ? demand.device.priorityLevels : 1
  const { mechanism } = plan
  return attempted(async () => {
    const models = teamModels(demand, plan)
    const team = await InstanceTeam.start({ mechanism, models, levels }, options)
    try {
      await work(team, levels)
      return undefined
    } finally {
      await team.close()
    }
  })
}

/** The models that the processes of a plan load, and how much of the device each may use. */
function teamModels(demand: Demand, plan: ServingPlan): TeamModel[] {
  return plan.models.map((model, m) => ({
    request: modelRequest(demand.models[m].profiles[0]),
    batches: model.batches,
    instances: model.instances,
    sharePercent: servingSharePercent(demand.device, model.share),
  }))
}
