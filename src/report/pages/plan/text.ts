import { explainPlan } from '../../../plan/explain.js'
import type { Plan } from '../../../plan/plan.js'
import type { TableStyle } from '../../kit/index.js'
import { verdictText } from './verdict.js'
import { workloadText } from './workload-table.js'

/**
 * A plan for a terminal: whether it keeps its targets first, then the table of its workload, then
 * what the plan does. A plan that was never judged has the last part only.
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
