import { type Claim, verdictOf } from '../../../reproduce/claim.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import { type Section, table } from '../../kit/index.js'

/** The section that sets every claim of the paper beside the result of the model. */
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
      rows: claims.map(({ paper, ours, kind, holds, why }) => ({
        cells: [
          { value: verdictOf({ kind, holds }), tone: toneOf(kind, holds) },
          paper,
          { value: ours, ...(why !== '' && { detail: why }) },
        ],
      })),
    }),
  }
}

/** An input is neither good nor bad news, unless the model misses it. */
function toneOf(kind: Claim['kind'], holds: boolean): 'good' | 'bad' | undefined {
  if (!holds) return 'bad'
  return kind === 'input' ? undefined : 'good'
}
