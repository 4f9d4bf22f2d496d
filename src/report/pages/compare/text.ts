import { bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import { targetsOf } from '../../../plan/judgement.js'
import { isClosedLoop } from '../../../workload/load.js'
import type { Scenario } from '../../../workload/scenario.js'
import type { TableStyle } from '../../kit/text-table.js'
import { workloadText } from '../plan/workload-table.js'
import { bestConclusion, targetsConclusion } from './conclusion.js'
import { trustText } from './facts.js'
import { glossary, policyTable, workerTable } from './terminal.js'

/**
 * A comparison for a terminal: the policies, then the workers. Under open load or with targets, the best plan's
 * workers follow one by one, since what each of them was asked for then differs.
 */
export function comparisonText(
  scenario: Scenario,
  outcomes: readonly PolicyOutcome[],
  style: TableStyle,
): string {
  const targets = targetsConclusion(outcomes)
  const { policy, plan, judgement } = bestOf(outcomes)
  const isAsked = !isClosedLoop(scenario) || targetsOf(judgement).length > 0
  return [
    ...(targets === undefined ? [] : [targets, '']),
    policyTable(outcomes, style),
    `${glossary(scenario.device, outcomes)}\n`,
    workerTable(outcomes, style),
    ...(isAsked
      ? [`${policy}, worker by worker`, `${workloadText(judgement, plan, style)}\n`]
      : []),
    bestConclusion(outcomes),
    trustText(scenario, outcomes),
  ].join('\n')
}
