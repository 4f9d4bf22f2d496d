import { bestOf, type PolicyOutcome } from '../../../evaluate/outcome.js'
import type { Scenario } from '../../../workload/scenario.js'
import type { Bar } from '../../kit/charts/bars.js'
import { seriesColour } from '../../kit/charts/colour.js'
import { listed } from '../../kit/format.js'
import type { Html } from '../../kit/html.js'
import { folded, legend } from '../../kit/page.js'

/** The name of a policy beside a bar. The best policy stands out. */
export function policyLabel(
  outcome: PolicyOutcome,
  outcomes: readonly PolicyOutcome[],
): Pick<Bar, 'label' | 'emphasis'> {
  const emphasis = outcome === bestOf(outcomes) ? 'strong' : undefined
  return { label: outcome.policy, emphasis }
}

/** Colours of the workers. */
export function workerLegend({ workers }: Scenario): Html {
  return legend(workers.map(({ name }, w) => ({ label: name, colour: seriesColour(w) })))
}

/**
 * The outcome whose plan is laid over the staircases: that of the paper's planner
 * if it ran, otherwise the best one.
 */
export function overlaid(outcomes: readonly PolicyOutcome[]): PolicyOutcome {
  return outcomes.find(({ policy }) => policy === 'eclip') ?? bestOf(outcomes)
}

/** The outcomes worth a closer look: the best one and the one laid over the staircases. */
export function highlighted(outcomes: readonly PolicyOutcome[]): PolicyOutcome[] {
  const telling = [bestOf(outcomes), overlaid(outcomes)]
  return outcomes.filter((outcome) => telling.includes(outcome))
}

/** The figures of further policies, folded. */
export function foldedOthers<O extends PolicyOutcome>(
  what: string,
  others: readonly O[],
  draw: (outcome: O) => Html,
): Html | undefined {
  if (others.length === 0) return undefined
  return folded(`${what} of ${listed(others.map(({ policy }) => policy))}`, others.map(draw))
}
