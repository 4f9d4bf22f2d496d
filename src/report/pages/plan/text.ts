import { explainPlan } from '../../../plan/explain.js'
import type { Plan } from '../../../plan/plan.js'
import type { TableStyle } from '../../kit/index.js'
import { verdictText } from './verdict.js'
import { workloadText } from './workload-table.js'

/**
 * A plan for a terminal: first whether it keeps its targets, then the table of its workload, then what the plan
 * does. For a plan that was never judged, there is only the last part.
 */
export function planText(plan: Plan, style: TableStyle): string {
  const { judgement } = plan.evidence
  if (judgement === undefined) return explainPlan(plan)
  const verdict = verdictText(judgement)
  return [
    ...(verdict === undefined ? [] : [verdict, '']),
    workloadText(judgement, plan, style),
    '',
    explainPlan(plan),
  ].join('\n')
}
