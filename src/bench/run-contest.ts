import { withForkServer } from '../torch/fork-server.js'
import { loadRequests } from '../torch/plan-request.js'
import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'
import type { BenchSettings, Contest, Contestant } from './contest.js'
import { contestPolicies, type PlannedPolicy } from './policies.js'
import { contestRivals, type Rival } from './rivals.js'

/** All measurements of a mix. */
export interface Measured {
  readonly contest: Contest
  readonly rivals: readonly Contestant[]
}

/** What to measure for a mix. */
export interface Contenders {
  readonly policies: readonly PlannedPolicy[]
  readonly rivals: readonly Rival[]
}

/** How policies and rivals are measured. */
export interface ContestSettings extends BenchSettings {
  /** Number of windows for plans and rivals with a process for each worker. If absent, as many as for each policy. */
  readonly rivalRepeats?: number | undefined
}

/** Receives the progress of a contest, after every window, with everything measured so far. */
export interface MeasuredListener {
  readonly progress: (text: string) => void
  readonly measured: (measured: Measured) => void
}

/**
 * Measures the policies of a mix in one process. Then, on the same GPU, it measures plans of shares and rivals,
 * which have a process for each worker.
 * @throws WorkError as `contestPolicies` does; a rival that cannot run tells why in its own entry
 */
export async function runContest(
  scenario: Scenario,
  { policies, rivals }: Contenders,
  settings: ContestSettings,
  { progress, measured }: MeasuredListener,
  options: WorkerProcessOptions,
): Promise<Measured> {
  const isApart = ({ plan }: PlannedPolicy): boolean => plan.mechanism === 'mps'
  const contest = await contestPolicies(
    scenario,
    policies.filter((policy) => !isApart(policy)),
    settings,
    { progress, measured: (sofar) => measured({ contest: sofar, rivals: [] }) },
    options,
  )
  const models = loadRequests(scenario).map(({ model }) => model)
  const contestants = await withForkServer(models, (forkServer) =>
    contestRivals(
      scenario,
      [...policies.filter(isApart), ...rivals],
      { ...settings, repeats: settings.rivalRepeats ?? settings.repeats },
      { progress, measured: (sofar) => measured({ contest, rivals: sofar }) },
      { ...on(contest.hello.device.uuid, options), forkServer },
    ),
  )
  return { contest, rivals: contestants }
}

/** Options that restrict worker processes to one GPU of several; undefined allows any. */
function on(gpu: string | undefined, options: WorkerProcessOptions): WorkerProcessOptions {
  if (gpu === undefined) return options
  return { ...options, environment: { ...options.environment, CUDA_VISIBLE_DEVICES: gpu } }
}
