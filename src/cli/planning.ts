import { type Command, Option } from 'commander'
import { openPlanning, type Planning, type PlanningOptions } from '../evaluate/planning.js'
import {
  DEFAULT_PARAMETERS,
  OBJECTIVES,
  objectiveFor,
  type PolicyParameters,
  type SearchProgress,
} from '../policy/policy.js'
import { significant } from '../report/kit/format.js'
import type { Scenario } from '../workload/scenario.js'
import { numberAbove, type Progress, wholeNumber } from './command.js'

/** The flags that control a policy. */
export type PlanningFlags = Pick<
  PolicyParameters,
  | 'switchBudget'
  | 'slowdown'
  | 'fairness'
  | 'poolStreams'
  | 'tolerance'
  | 'objective'
  | 'searchPlans'
  | 'seed'
> & { readonly coarse?: boolean }

/** Adds the options that control a policy. */
export function addPlanningOptions(command: Command): Command {
  const { switchBudget, slowdown, fairness, tolerance, objective, searchPlans, seed } =
    DEFAULT_PARAMETERS
  return command
    .addOption(
      new Option(
        '--objective <name>',
        'what the windows search maximises among plans that keep all targets',
      )
        .choices(OBJECTIVES)
        .default(objective, 'headroom if all loads are open, else weighted-speedup'),
    )
    .option(
      '--switch-budget <n>',
      'switches of partition per request and worker',
      wholeNumber(0),
      switchBudget,
    )
    .addOption(
      new Option('--slowdown <who>', "whose average CUs slow a kernel in eclip's objective")
        .choices(['all-workers', 'other-workers'])
        .default(slowdown),
    )
    .addOption(
      new Option('--fairness <weight>', "how eclip's objective weighs the workers' times")
        .choices(['equal', 'solo-time'])
        .default(fairness),
    )
    .addOption(
      new Option(
        '--pool-streams <n>',
        'masked streams of the pool of eclip and kernel-wise-prealloc',
      )
        .argParser(wholeNumber(0))
        .default('device', 'as many as the device has queues for, at most 7'),
    )
    .option('--tolerance <share>', 'slowdown a right-size may cost', numberAbove(0), tolerance)
    .option(
      '--search-plans <n>',
      'plans a search may simulate, those it starts from at least',
      wholeNumber(1),
      searchPlans,
    )
    .option('--coarse', 'search with the coarse simulator: faster, plans up to 4% worse')
    .option('--seed <n>', 'seed of searches and simulations', wholeNumber(0), seed)
}

/** Starts everything that policies need, and shows the progress of their searches. */
export function startPlanning(
  scenario: Scenario,
  options: PlanningFlags,
  progress: Progress,
): Planning {
  const onSearch = searchProgress(scenario, options, progress)
  return openPlanning(scenario, { ...planningParameters(options), onSearch })
}

/** The parameters that the options set, and how the search simulates. */
export function planningParameters(options: PlanningFlags): PlanningOptions {
  const { coarse, switchBudget, slowdown, fairness, poolStreams } = options
  const { tolerance, objective, searchPlans, seed } = options
  const ofEclip = { switchBudget, slowdown, fairness, poolStreams }
  return {
    parameters: { ...ofEclip, tolerance, objective, searchPlans, seed },
    mode: coarse ? 'coarse' : 'exact',
  }
}

/** Shows how far a search has come, and the best result so far. */
export function searchProgress(
  scenario: Scenario,
  options: PlanningFlags,
  progress: Progress,
): (search: SearchProgress) => void {
  const objective = objectiveFor(scenario, options)
  return ({ tried, of, best }) =>
    progress.count('plan', tried, of, `best ${objective} ${significant(best)}`)
}
