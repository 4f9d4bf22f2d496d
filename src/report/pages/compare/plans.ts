import type { PolicyOutcome } from '../../../evaluate/outcome.js'
import { sum } from '../../../numbers.js'
import { isPooled, type Plan } from '../../../plan/plan.js'
import { counted, fixed, significant } from '../../kit/format.js'
import { type Html, html } from '../../kit/html.js'
import { figure, type Section } from '../../kit/page.js'
import { type TableData, table } from '../../kit/table-html.js'
import { foldedOthers, highlighted } from './marks.js'
import { planChart, planTable } from './plan-figure.js'
import type { CompareReport } from './report.js'

/** The section that draws plans and says how they were found. */
export function plans({ scenario, outcomes }: CompareReport): Section {
  const shown = highlighted(outcomes)
  const others = outcomes.filter((outcome) => !shown.includes(outcome))
  const planFigure = ({ policy, plan, summary }: PolicyOutcome): Html =>
    figure({
      caption: policy,
      detail: summary,
      chart: planChart(scenario.device, plan, policy),
      table: planTable(plan, policy),
    })
  return {
    id: 'plans',
    title: 'The plans',
    short: 'Plans',
    intro: `Kernel groups over the ${counted(scenario.device.granules.length, 'granule')} of the device: a band per worker, its kernels from left to right, granule 0 at the top. Stronger colour means higher priority; a partition placed only at dispatch is drawn pale, from the bottom.`,
    body: html`${shown.map(planFigure)}${foldedOthers('Plans', others, planFigure)}<h3 style="margin-top:32px">How the plans were found</h3>${table(evidenceTable(outcomes))}`,
  }
}

function evidenceTable(outcomes: readonly PolicyOutcome[]): TableData {
  return {
    caption: 'Plans and their evidence',
    columns: [
      { title: 'Policy' },
      { title: 'Partitions', kind: 'text' },
      { title: 'Kernel groups' },
      { title: 'Method', kind: 'wrapped' },
      { title: 'Status', kind: 'text' },
      { title: 'Objective' },
      { title: 'Gap' },
    ],
    rows: outcomes.map(({ policy, plan }) => {
      const { solver } = plan.evidence
      const groups = sum(plan.workers.map(({ groups }) => groups.length))
      return {
        cells: [
          policy,
          poolText(plan),
          fixed(groups, 0),
          solver?.method ?? 'by rule',
          solver?.status ?? '',
          solver ? significant(solver.objective) : '',
          solver && solver.gap !== null ? `${significant(solver.gap * 100)}%` : '',
        ],
      }
    }),
  }
}

const MECHANISM_TEXT: Readonly<Record<Plan['mechanism'], string>> = {
  pooled: 'pooled streams',
  'mask-call': 'mask calls',
  hardware: 'set in hardware',
  mps: 'MPS shares',
  mig: 'MIG instances',
}

function poolText({ pool, mechanism }: Plan): string {
  const pooled = pool.filter(isPooled).length
  const sizes = pool.length - pooled
  const parts = [
    ...(pooled > 0 ? [`${pooled} fixed`] : []),
    ...(sizes > 0 ? [counted(sizes, 'size')] : []),
  ]
  return `${parts.join(', ')}; ${MECHANISM_TEXT[mechanism]}`
}
