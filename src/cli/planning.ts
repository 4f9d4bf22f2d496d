import { type Command, Option } from 'commander'
import type { Evaluator } from '../evaluate/evaluator.js'
import { createEvaluatorPool } from '../evaluate/pool.js'
import { SEARCH_WINDOW } from '../evaluate/simulation-windows.js'
import {
  DEFAULT_PARAMETERS,
  OBJECTIVES,
  type PolicyContext,
  type PolicyParameters,
} from '../policy/policy.js'
import { significant } from '../report/kit/format.js'
import type { Scenario } from '../workload/scenario.js'
import { numberAbove, type Progress, wholeNumber } from './command.js'

export type PlanningOptions = Pick<
  PolicyParameters,
  'switchBudget' | 'slowdown' | 'tolerance' | 'objective' | 'searchPlans' | 'seed'
> & { readonly coarse?: boolean }

/** Adds the options that steer a policy. */
export function addPlanningOptions(command: Command): Command {
  const { switchBudget, slowdown, tolerance, objective, searchPlans, seed } = DEFAULT_PARAMETERS
  return command
    .addOption(
      new Option('--objective <name>', 'what the windows search maximises')
        .choices(OBJECTIVES)
        .default(objective),
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
    .option('--tolerance <share>', 'slowdown a right-size may cost', numberAbove(0), tolerance)
    .option('--search-plans <n>', 'plans a search may simulate', wholeNumber(1), searchPlans)
    .option('--coarse', 'search with the coarse simulator: faster, plans up to 4 % worse')
    .option('--seed <n>', 'seed of searches and simulations', wholeNumber(0), seed)
}

/** What policies need to plan a scenario; `close` ends its simulation threads. */
export interface Planning {
  readonly context: PolicyContext
  readonly soloRates: readonly number[]
  close(): Promise<void>
}

/** @param progress hears how far a search is */
export function startPlanning(
  scenario: Scenario,
  options: PlanningOptions,
  progress: Progress,
): Planning {
  const evaluator: Evaluator = createEvaluatorPool(scenario, {
    ...SEARCH_WINDOW,
    mode: options.coarse ? 'coarse' : 'exact',
    seed: options.seed,
  })
  const { switchBudget, slowdown, tolerance, objective, searchPlans, seed } = options
  return {
    context: {
      parameters: {
        ...DEFAULT_PARAMETERS,
        switchBudget,
        slowdown,
        tolerance,
        objective,
        searchPlans,
        seed,
      },
      evaluate: (plans, effort) => evaluator.evaluate(plans, effort),
      onSearch: ({ tried, of, best }) =>
        progress.count('plan', tried, of, `best ${objective} ${significant(best)}`),
    },
    soloRates: evaluator.soloRates,
    close: () => evaluator.close(),
  }
}
