import { WorkError } from '../errors.js'
import { withForkServer } from '../torch/fork-server.js'
import { loadRequests } from '../torch/plan-request.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Points } from '../validate/points.js'
import type { TrialMix } from '../validate/telling-mixes.js'
import type { BenchSettings, Contest } from './contest.js'
import { type Provenance, pointsOf } from './points.js'
import { contestPolicies } from './policies.js'

/** Rates repeat within 0.2% from window to window. Power would need longer windows, but it is not fitted. */
export const CAMPAIGN_SETTINGS: BenchSettings = { seconds: 1, repeats: 1, seed: 1 }

/**
 * Time per mix besides its windows, on an H100: a worker process and each model in it have to start. The process
 * imported PyTorch itself there; a forked one comes up sooner.
 */
const START_SECONDS = 10
const LOAD_SECONDS = 3
/** Time per window besides its length: the plan and the warm-up. */
const PREPARE_SECONDS = 0.6

/** Approximate time to measure a mix, in s. */
export function campaignSeconds({ scenario, plans }: TrialMix): number {
  const workers = scenario.workers.length
  const windows = workers + plans.length * CAMPAIGN_SETTINGS.repeats
  const windowSeconds = PREPARE_SECONDS + CAMPAIGN_SETTINGS.seconds
  return START_SECONDS + workers * LOAD_SECONDS + windows * windowSeconds
}

/** Reports on the progress of a campaign, and decides how it goes on. */
export interface CampaignListener {
  readonly progress: (text: string) => void
  /** Called after every mix with everything measured so far. */
  readonly measured: (points: Points) => void
  /** Called with a mix that could not be measured, and the reason in one line. */
  readonly failed: (mix: TrialMix, reason: string) => void
  /** Whether there is time for another mix; the first is always measured. */
  readonly hasTimeFor: (mix: TrialMix) => boolean
}

/**
 * Measures mixes one after another, each in its own worker process.
 * @throws WorkError if none could be measured
 */
export async function measureMixes(
  mixes: readonly TrialMix[],
  provenance: Provenance,
  listener: CampaignListener,
  options: WorkerProcessOptions,
): Promise<Points> {
  const models = mixes.flatMap(({ scenario }) => loadRequests(scenario)).map(({ model }) => model)
  return withForkServer(models, async (forkServer) => {
    let all: Points | undefined
    let reason = 'there is nothing to measure'
    for (const [i, mix] of mixes.entries()) {
      if (i > 0 && !listener.hasTimeFor(mix)) continue
      const name = `mix ${i + 1} of ${mixes.length}`
      const progress = (text: string): void => listener.progress(`${name}: ${text}`)
      try {
        const contest = await measureMix(mix, progress, { ...options, forkServer })
        const broken = contest.contestants.find((one) => one.failed !== undefined)
        if (broken !== undefined) listener.failed(mix, `${broken.name}: ${broken.failed}`)
        const points = pointsOf(mix.scenario, contest, [], provenance)
        if (points.points.length === 0) continue
        all = { ...points, points: [...(all?.points ?? []), ...points.points] }
        listener.measured(all)
      } catch (error) {
        if (!(error instanceof WorkError)) throw error
        reason = error.message
        listener.failed(mix, reason)
      }
    }
    if (all === undefined) throw new WorkError(`no mix could be measured: ${reason}`)
    return all
  })
}

function measureMix(
  { scenario, plans }: TrialMix,
  progress: (text: string) => void,
  options: WorkerProcessOptions,
): Promise<Contest> {
  const policies = plans.map((plan) => ({ name: plan.evidence.policy, plan }))
  const listener = { progress, measured: () => {} }
  return contestPolicies(scenario, policies, CAMPAIGN_SETTINGS, listener, options)
}
