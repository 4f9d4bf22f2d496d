import type { Reproduction } from '../../../reproduce/reproduce.js'
import { type Section, table } from '../../kit/index.js'

/** The section that sets every claim of the paper beside what the model says. */
export function claimsSection({ claims }: Reproduction): Section {
  return {
    id: 'claims',
    title: 'What the paper says, and what the model says',
    short: 'Claims',
    body: table({
      caption: 'Claims of the paper beside what the model says',
      columns: [
        { title: 'In the model', kind: 'text' },
        { title: 'Paper', kind: 'wrapped' },
        { title: 'Ours', kind: 'wrapped' },
      ],
      rows: claims.map(({ paper, ours, holds, why }) => ({
        cells: [
          { value: holds ? 'holds' : 'differs', tone: holds ? 'good' : 'bad' },
          paper,
          { value: ours, ...(why !== '' && { detail: why }) },
        ],
      })),
    }),
  }
}
