import { isMet } from '../../../reproduce/evidence.js'
import type { Region } from '../../../reproduce/region.js'
import { html, type Section, significant, table } from '../../kit/index.js'
import { between, claimCells, rangeCells, regionCounts } from './region-text.js'

/** The section on what is known about the model, and what the claims come to in all models that agree with that. */
export function regionSection(region: Region): Section {
  return {
    id: 'region',
    title: 'Over all models that agree with the evidence',
    short: 'Region',
    intro: `No MI50 was at hand, so that much of the model is free. Parameters: ${regionCounts(region)}. A claim that holds in few of them is not confirmed, whatever one set says.`,
    body: html`${claimsTable(region)}${evidenceTable(region)}${rangesTable(region)}`,
  }
}

function claimsTable({ claims }: Region): ReturnType<typeof table> {
  return table({
    caption: 'Claims over the consistent parameter sets',
    columns: [
      { title: 'Paper', kind: 'wrapped' },
      { title: 'Holds in' },
      { title: 'Least' },
      { title: 'Median' },
      { title: 'Most' },
      { title: 'Goes with', kind: 'text' },
    ],
    rows: claims.map((claim) => ({ cells: claimCells(claim) })),
  })
}

function evidenceTable({ checks }: Region): ReturnType<typeof table> {
  return table({
    caption: 'What is published about the device, beside the model that ships',
    columns: [
      { title: 'Published', kind: 'wrapped' },
      { title: 'Source', kind: 'text' },
      { title: 'Ours' },
      { title: 'Consistent', kind: 'text' },
      { title: '', kind: 'text' },
    ],
    rows: checks.map((check) => ({
      cells: [
        check.stated,
        check.source,
        significant(check.ours),
        between(check.least, check.most),
        isMet(check) ? 'met' : { value: 'missed', tone: 'bad' as const },
      ],
    })),
  })
}

function rangesTable({ ranges }: Region): ReturnType<typeof table> {
  return table({
    caption: 'Parameters, and what the evidence leaves of their ranges',
    columns: [
      { title: 'Parameter', kind: 'text' },
      { title: 'Drawn from', kind: 'text' },
      { title: 'Consistent', kind: 'text' },
      { title: 'Why this range', kind: 'wrapped' },
    ],
    rows: ranges.map((range) => ({ cells: [...rangeCells(range), range.source] })),
  })
}
