import type { Ablation } from '../../../reproduce/ablations.js'
import { paperResults, paperStreams, reproducedPolicies } from '../../../reproduce/paper.js'
import { meanOf, type Relative, relative, resultOf } from '../../../reproduce/relative.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import {
  type Bar,
  bars,
  change,
  type Fact,
  figure,
  type Html,
  type LineSeries,
  legend,
  lineChart,
  page,
  panels,
  type Row,
  type Section,
  seriesColour,
  table,
} from '../../kit/index.js'
import { ratio, tableOne } from './text.js'

/** The reproduction as a self-contained page: each figure and table of the paper with ours. */
export function reproductionPage(result: Reproduction): string {
  const { device, batch, claims, profiles } = result
  const held = claims.filter(({ holds }) => holds).length
  return page({
    title: `The ECLIP paper's evaluation on a simulated ${device.toUpperCase()}`,
    lead: `${held} of ${claims.length} claims of the paper hold in the model at batch ${batch}. ${origin(profiles)}`,
    facts: facts(result),
    sections: [
      claimsSection(result),
      measureSection(result, throughputFigure),
      measureSection(result, energyFigure),
      measureSection(result, latencyFigure),
      switchesSection(result),
      maskSection(result),
      streamsSection(result),
      rightSizeSection(result),
      ...(result.ablations.length > 0 ? [ablationSection(result)] : []),
    ],
    footer: 'Simulated by eclip. This file needs no network.',
  })
}

function origin(profiles: Reproduction['profiles']): string {
  return profiles === 'synthesized'
    ? 'No such device was at hand: it and the kernel profiles are models, and nothing was tuned to one mix.'
    : 'The kernel profiles were measured; running models together is simulated.'
}

function facts({ mixes }: Reproduction): Fact[] {
  const against = (measure: keyof Relative, paper: number): Pick<Fact, 'value' | 'detail'> => ({
    value: change(meanOf(mixes, 'eclip', measure), 1),
    detail: `paper ${change(paper, 1)}`,
  })
  return [
    { label: 'ECLIP, requests/s', ...against('throughput', paperResults.throughput.mean) },
    {
      label: 'ECLIP, requests per watt',
      ...against('requestsPerWatt', paperResults.requestsPerWatt.mean),
    },
    { label: 'ECLIP, p95 latency', ...against('p95', paperResults.p95.mean) },
    {
      label: 'Ours (windows), requests/s',
      value: change(meanOf(mixes, 'windows', 'throughput'), 1),
      detail: 'against baseline',
    },
  ]
}

function claimsSection({ claims }: Reproduction): Section {
  return {
    id: 'claims',
    title: 'What the paper says, and what the model says',
    short: 'Claims',
    body: table({
      columns: [
        { title: 'In the model', kind: 'text' },
        { title: 'Paper', kind: 'wrapped' },
        { title: 'Ours', kind: 'wrapped' },
      ],
      rows: claims.map(({ paper, ours, holds, why }) => ({
        cells: [
          { value: '', detail: holds ? 'holds' : 'differs', tone: holds ? 'good' : 'bad' },
          paper,
          { value: ours, ...(why !== '' && { detail: why }) },
        ],
      })),
    }),
  }
}

interface MeasureFigure {
  readonly id: string
  readonly title: string
  readonly intro: string
  readonly measure: 'throughput' | 'requestsPerWatt' | 'p95'
}

const throughputFigure: MeasureFigure = {
  id: 'throughput',
  title: 'Throughput',
  intro:
    'Requests per second of all workers. The paper’s bars are images; in words it gives ECLIP’s mean and its best mix.',
  measure: 'throughput',
}
const energyFigure: MeasureFigure = {
  id: 'energy',
  title: 'Requests per watt',
  intro: 'Requests per second over mean power. The paper gives ECLIP’s mean and its best mix.',
  measure: 'requestsPerWatt',
}
const latencyFigure: MeasureFigure = {
  id: 'latency',
  title: 'p95 latency',
  intro: 'Mean over workers. The paper gives ECLIP’s mean, and calls KW-Prealloc much worse.',
  measure: 'p95',
}

/** What the paper gives for ECLIP in a mix, or on average, in words. */
function paperValue(measure: MeasureFigure['measure'], mix: number | 'mean'): number | undefined {
  const paper = paperResults[measure]
  if (mix === 'mean') return paper.mean
  return 'mostInMix' in paper && paper.mostInMix === mix ? paper.most : undefined
}

/** One panel of bars for each mix and one for their mean. */
function measureSection({ mixes }: Reproduction, content: MeasureFigure): Section {
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
    columns: [
      { title: 'Policy' },
      ...groups.map(({ id: mix }) => ({ title: mix === 'mean' ? 'Mean' : `Mix ${mix}` })),
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

function switchesSection({ mixes }: Reproduction): Section {
  const rows: Row[] = mixes.map((mix) => ({
    cells: [
      `Mix ${mix.mix.id}: ${mix.mix.models.join(', ')}`,
      ...tableOne.flatMap(({ policy, column }) => [
        `${mix.mix.switches[column]}`,
        `${resultOf(mix, policy).switches}`,
      ]),
    ],
  }))
  return {
    id: 'switches',
    title: 'CU switches of one request of every worker (Table I)',
    short: 'Table I',
    intro:
      'KW-IOCTL makes a mask call before every kernel. ECLIP may switch 14 times a request and worker.',
    body: table({
      columns: [
        { title: 'Mix', kind: 'text' },
        ...tableOne.flatMap(({ title }) => [
          { title, unit: 'paper' },
          { title, unit: 'ours' },
        ]),
      ],
      rows,
    }),
  }
}

function maskSection({ maskCosts }: Reproduction): Section {
  const most = Math.max(1, ...maskCosts.map((cost) => Math.max(cost.kernelUs, cost.worstUs)))
  const chart = panels(
    maskCosts.map((cost, i) => ({
      title: `${i + 1}. ${cost.kernel}`,
      chart: bars({
        title: `Kernel ${i + 1}`,
        description: 'Duration of the kernel beside mean and worst mask call.',
        max: most,
        bars: [
          { label: 'kernel', value: cost.kernelUs },
          { label: 'mask call, mean', value: cost.meanUs },
          { label: 'mask call, worst', value: cost.worstUs },
        ].map(({ label, value }, series) => ({
          label,
          text: `${value.toFixed(1)} µs`,
          parts: [{ value, colour: seriesColour(series) }],
        })),
      }),
    })),
  )
  return {
    id: 'mask-calls',
    title: 'A mask call beside the kernel it precedes (Figure 1a)',
    short: 'Mask calls',
    intro:
      'The paper: worst case 55.4 µs before a kernel of 19.8 µs. The 8 longest kernels of albert, 100 requests.',
    body: figure({ caption: 'Kernel time and mask call', chart }),
  }
}

function streamsSection({ streams }: Reproduction): Section {
  const series: LineSeries[] = [
    {
      name: 'mean',
      colour: seriesColour(0),
      points: streams.map((s) => [s.streams, s.meanMs] as const),
      dots: 'shown',
    },
    {
      name: 'worst',
      colour: seriesColour(1),
      points: streams.map((s) => [s.streams, s.worstMs] as const),
      stroke: 'dashed',
    },
  ]
  return {
    id: 'streams',
    title: 'Latency by number of masked streams (Figure 1b)',
    short: 'Streams',
    intro:
      'The paper: flat up to 7 masked streams, then steep and erratic. One albert, kernels dealt round-robin over streams of 3 private CUs.',
    body: figure({
      caption: 'Latency of a request',
      legend: legend(series.map(({ name, colour }) => ({ label: name, colour, shape: 'line' }))),
      chart: lineChart({
        title: 'Latency by number of streams',
        description: 'Mean and worst latency of a request.',
        x: { label: 'masked streams', ticks: streams.map((s) => s.streams) },
        y: { label: 'latency, ms' },
        series,
        references: [{ axis: 'x', value: paperStreams.flatTo, label: 'flat to here in the paper' }],
      }),
      table: {
        columns: [
          { title: 'Streams' },
          { title: 'Mean', unit: 'ms' },
          { title: 'Worst', unit: 'ms' },
        ],
        rows: streams.map((s) => ({
          cells: [`${s.streams}`, s.meanMs.toFixed(2), s.worstMs.toFixed(2)],
        })),
      },
    }),
  }
}

function rightSizeSection({ rightSizes }: Reproduction): Section {
  return {
    id: 'right-sizes',
    title: 'Fewest CUs each kernel of albert needs (Figure 3)',
    short: 'Right-sizes',
    intro:
      'Within 5% of the kernel’s best time. The paper shows the same unrest from kernel to kernel, as an image without numbers.',
    body: figure({
      caption: 'Right-size by kernel, in execution order',
      chart: lineChart({
        title: 'Right-size by kernel',
        description: 'A staircase: one step for each kernel.',
        x: { label: 'kernel' },
        y: { label: 'right-size, CUs' },
        series: [
          {
            name: 'right-size',
            colour: 'var(--accent)',
            curve: 'step',
            points: rightSizes.map((cus, i) => [i, cus] as const),
          },
        ],
      }),
    }),
  }
}

function ablationSection({ ablations }: Reproduction): Section {
  return {
    id: 'ablations',
    title: 'Ablations: ECLIP against baseline, mean over the mixes',
    short: 'Ablations',
    body: ablations.map((ablation) => ablationFigure(ablation)),
  }
}

const ablationMeasures = [
  { name: 'requests/s', of: 'throughput' },
  { name: 'weighted speedup', of: 'weightedSpeedup' },
  { name: 'requests per watt', of: 'requestsPerWatt' },
  { name: 'p95', of: 'p95' },
] as const

function ablationFigure({ title, points }: Ablation): Html {
  const data = {
    columns: [
      { title },
      ...ablationMeasures.map(({ name }) => ({ title: name })),
      { title: 'Switches' },
    ],
    rows: points.map((point) => ({
      cells: [
        `${point.value}`,
        ...ablationMeasures.map(({ of }) => change(point[of], 1)),
        point.switches.toFixed(0),
      ],
    })),
  }
  const numeric = points.every(({ value }) => typeof value === 'number') && points.length > 2
  if (!numeric) return figure({ caption: title, chart: table(data) })
  const series = ablationMeasures.map(({ name, of }, i) => ({
    name,
    colour: seriesColour(i),
    points: points.map((point) => [Number(point.value), point[of]] as const),
    dots: 'shown' as const,
  }))
  return figure({
    caption: title,
    legend: legend(series.map(({ name, colour }) => ({ label: name, colour, shape: 'line' }))),
    chart: lineChart({
      title,
      description: 'ECLIP relative to baseline.',
      x: { label: title.toLowerCase(), ticks: points.map(({ value }) => Number(value)) },
      y: { label: 'relative to baseline', domain: domainOf(points) },
      series,
      references: [{ axis: 'y', value: 1, label: 'baseline' }],
    }),
    table: data,
  })
}

/** The range of all measures, with baseline inside, widened to tenths. */
function domainOf(points: Ablation['points']): readonly [number, number] {
  const ratios = points.flatMap((point) => ablationMeasures.map(({ of }) => point[of]))
  const known = [1, ...ratios.filter(Number.isFinite)]
  return [Math.floor(Math.min(...known) * 10) / 10, Math.ceil(Math.max(...known) * 10) / 10]
}
