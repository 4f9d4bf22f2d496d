import { resultOf } from '../../../reproduce/relative.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import { change, type Row, type Section, table } from '../../kit/index.js'
import { tableOne } from './text.js'

/** The section on Table I: the paper's switch counts beside ours. */
export function switchesSection({ mixes }: Reproduction): Section {
  const rows: Row[] = mixes.map((mix) => ({
    cells: [
      `Mix ${mix.mix.id}: ${mix.mix.models.join(', ')}`,
      ...tableOne.flatMap(({ policy, column }) => {
        const [paper, ours] = [mix.mix.switches[column], resultOf(mix, policy).switches]
        return [`${paper}`, `${ours}`, change(ours, paper)]
      }),
    ],
  }))
  return {
    id: 'switches',
    title: 'CU switches of one request of every worker (Table I)',
    short: 'Table I',
    intro:
      'KW-IOCTL makes a mask call before every kernel. ECLIP may switch 14 times a request and worker.',
    body: table({
      caption: 'Switches of one request of every worker, in the paper and in the model',
      columns: [
        { title: 'Mix', kind: 'text' },
        ...tableOne.flatMap(({ title }) => [
          { title, unit: 'paper' },
          { title, unit: 'ours' },
          { title, unit: 'off by' },
        ]),
      ],
      rows,
    }),
  }
}
