import type { WorkerProcessOptions } from '../torch/worker-process.js'
import type { Scenario } from '../workload/scenario.js'
import type { BenchSettings, Contest, Contestant } from './contest.js'
import { contestPolicies, type PlannedPolicy } from './policies.js'
import { contestRivals, type Rival } from './rivals.js'

/** Everything that was measured of a mix. */
export interface Measured {
  readonly contest: Contest
  readonly rivals: readonly Contestant[]
}

/** What is measured of a mix. */
export interface Contenders {
  readonly policies: readonly PlannedPolicy[]
  readonly rivals: readonly Rival[]
}

/** How policies and rivals are measured. */
export interface ContestSettings extends BenchSettings {
  /** Windows of whatever has a process for each worker. If absent, it gets as many as each policy. */
  readonly rivalRepeats?: number | undefined
}

/**
 * Whom to tell how a contest is going. It is called after every window with everything measured so
 * far.
 */
export interface MeasuredListener {
  readonly progress: (text: string) => void
  readonly measured: (measured: Measured) => void
}

/**
 * Measures the policies of a mix in one process, then plans of shares and its rivals, which have a process for each
 * worker, on the same GPU.
 * @throws WorkError as `contestPolicies` does; a rival that cannot run says why in its own entry
 */
export async function runContest(
  scenario: Scenario,
  { policies, rivals }: Contenders,
  settings: ContestSettings,
  { progress, measured }: MeasuredListener,
  options: WorkerProcessOptions = {},
): Promise<Measured> {
  const isApart = ({ plan }: PlannedPolicy): boolean => plan.mechanism === 'mps'
  const contest = await contestPolicies(
    scenario,
    policies.filter((policy) => !isApart(policy)),
    settings,
    { progress, measured: (sofar) => measured({ contest: sofar, rivals: [] }) },
    options,
  )
  const contestants = await contestRivals(
    scenario,
    [...policies.filter(isApart), ...rivals],
    { ...settings, repeats: settings.rivalRepeats ?? settings.repeats },
    { progress, measured: (sofar) => measured({ contest, rivals: sofar }) },
    on(contest.hello.device.uuid, options),
  )
  return { contest, rivals: contestants }
}

/** Options for worker processes that are to use one GPU of several; undefined: any. */
function on(gpu: string | undefined, options: WorkerProcessOptions): WorkerProcessOptions {
  if (gpu === undefined) return options
  return { ...options, environment: { ...options.environment, CUDA_VISIBLE_DEVICES: gpu } }
}
