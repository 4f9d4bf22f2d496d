import { withoutBest } from '../../../reproduce/claim.js'
import { paperResults, reproducedPolicies } from '../../../reproduce/paper.js'
import { meanOf, relative } from '../../../reproduce/relative.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import { type Bar, bars, figure, panels, type Section, seriesColour } from '../../kit/index.js'
import { ratio } from './text.js'

/** One of the paper's bar charts: a measure of every policy relative to baseline, for each mix. */
interface MeasureFigure {
  readonly id: string
  readonly title: string
  readonly intro: string
  readonly measure: 'throughput' | 'requestsPerWatt' | 'p95'
}

export const throughputFigure: MeasureFigure = {
  id: 'throughput',
  title: 'Throughput',
  intro:
    'Requests per second of all workers. The paper’s bars are images; in words it gives ECLIP’s mean and its best mix.',
  measure: 'throughput',
}
export const energyFigure: MeasureFigure = {
  id: 'energy',
  title: 'Requests per watt',
  intro: 'Requests per second over mean power. The paper gives ECLIP’s mean and its best mix.',
  measure: 'requestsPerWatt',
}
export const latencyFigure: MeasureFigure = {
  id: 'latency',
  title: 'p95 latency',
  intro: 'Mean over workers. The paper gives ECLIP’s mean, and calls KW-Prealloc much worse.',
  measure: 'p95',
}

/** The paper's figure for ECLIP in a mix, or on average, in words. */
function paperValue(
  measure: MeasureFigure['measure'],
  mix: number | 'mean' | 'rest',
): number | undefined {
  const paper = paperResults[measure]
  if (mix === 'mean') return paper.mean
  return 'mostInMix' in paper && paper.mostInMix === mix ? paper.most : undefined
}

/** A panel of bars for each mix, and one for their mean. */
export function measureSection({ mixes }: Reproduction, content: MeasureFigure): Section {
  const { id, title, intro, measure } = content
  const groups = [
    ...mixes.map((mix) => ({
      id: mix.mix.id,
      title: `Mix ${mix.mix.id}: ${mix.mix.models.join(', ')}`,
      ratioOf: (policy: string) => relative(mix, policy)[measure],
    })),
    {
      id: 'mean' as const,
      title: 'Mean over the mixes',
      ratioOf: (policy: string) => meanOf(mixes, policy, measure),
    },
    {
      id: 'rest' as const,
      title: 'Mean without the mix that is highest',
      ratioOf: (policy: string) => withoutBest(mixes, policy, measure),
    },
  ]
  const values = groups.flatMap(({ ratioOf }) => reproducedPolicies.map(ratioOf))
  const most = Math.max(...values.filter(Number.isFinite))
  const chart = panels(
    groups.map((group) => ({
      title: group.title,
      chart: bars({
        title: `${title}, ${group.title}`,
        description: 'Relative to baseline, by policy.',
        max: most,
        reference: 1,
        bars: measureBars(group.ratioOf, paperValue(measure, group.id)),
      }),
    })),
  )
  const numbers = {
    caption: `${title} relative to baseline`,
    columns: [
      { title: 'Policy' },
      ...groups.map(({ id: mix }) => ({
        title: mix === 'mean' ? 'Mean' : mix === 'rest' ? 'Without the best' : `Mix ${mix}`,
      })),
    ],
    rows: reproducedPolicies.map((policy) => ({
      cells: [policy, ...groups.map(({ ratioOf }) => ratio(ratioOf(policy)))],
    })),
  }
  const detail = 'The mark is baseline.'
  const caption = `${title} relative to baseline`
  return { id, title, intro, body: figure({ caption, detail, chart, table: numbers }) }
}

function measureBars(ratioOf: (policy: string) => number, paper: number | undefined): Bar[] {
  const ours = reproducedPolicies.map((policy, i): Bar => {
    const value = ratioOf(policy)
    const emphasis = policy === 'eclip' ? ('strong' as const) : undefined
    return {
      label: policy,
      text: ratio(value),
      parts: [{ value, colour: seriesColour(i) }],
      emphasis,
    }
  })
  if (paper === undefined) return ours
  const parts = [{ value: paper, colour: 'var(--faint)' }]
  return [...ours, { label: 'eclip, in the paper', text: ratio(paper), parts }]
}
