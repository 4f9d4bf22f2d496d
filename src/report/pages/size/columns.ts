import { totalCus } from '../../../device/device.js'
import { compact, fixed, percent, shareText, significant } from '../../kit/format.js'
import type { SizeResult } from './result.js'

/** A column of the table of models, for the terminal and the page. */
export interface ModelColumn {
  readonly title: string
  readonly unit?: string | undefined
  /** The text for the m-th model. */
  readonly cell: (result: SizeResult, m: number) => string
}

/** What each model asks for, what the plan gives it, and what it gets at the demand. */
export const MODEL_COLUMNS: readonly ModelColumn[] = [
  { title: 'model', cell: ({ sizing }, m) => sizing.plan.models[m].name },
  {
    title: 'asked',
    unit: '/s',
    cell: ({ demand }, m) => compact(demand.models[m].ratePerSecond),
  },
  { title: 'instances', cell: ({ sizing }, m) => `${sizing.plan.models[m].instances}` },
  {
    title: 'share',
    cell: ({ demand, sizing }, m) => percent(sizing.plan.models[m].share / totalCus(demand.device)),
  },
  { title: 'batches', cell: ({ sizing }, m) => sizing.plan.models[m].batches.join(' ') },
  { title: 'delay', unit: 'ms', cell: ({ sizing }, m) => fixed(sizing.plan.models[m].maxDelayMs) },
  { title: 'p50', unit: 'ms', cell: ({ sizing }, m) => significant(sizing.models[m].p50Ms) },
  { title: 'p95', unit: 'ms', cell: ({ sizing }, m) => significant(sizing.models[m].p95Ms) },
  { title: 'p99', unit: 'ms', cell: ({ sizing }, m) => significant(sizing.models[m].p99Ms) },
  { title: 'target', unit: 'ms', cell: ({ sizing }, m) => compact(sizing.plan.models[m].targetMs) },
  { title: 'in time', cell: ({ sizing }, m) => shareText(sizing.models[m].attainment) },
]

/** A row of texts for each model. */
export function modelRows(result: SizeResult): string[][] {
  return result.sizing.models.map((_, m) => MODEL_COLUMNS.map(({ cell }) => cell(result, m)))
}
