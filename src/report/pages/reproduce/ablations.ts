import type { Ablation } from '../../../reproduce/ablations.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import {
  change,
  figure,
  type Html,
  legend,
  lineChart,
  type Section,
  seriesColour,
  table,
} from '../../kit/index.js'

/** The section on what becomes of ECLIP's gain when one thing is changed. */
export function ablationSection({ ablations }: Reproduction): Section {
  return {
    id: 'ablations',
    title: 'Ablations: ECLIP against baseline, mean over the mixes',
    short: 'Ablations',
    intro:
      'Simulated for a shorter time than the figures above, so that the same setting may differ by some tenths of a percent.',
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
    caption: `${title}: ECLIP against baseline`,
    columns: [
      { title },
      ...ablationMeasures.map(({ name }) => ({ title: name })),
      { title: 'Switches' },
      { title: 'Mixes' },
    ],
    rows: points.map((point) => ({
      cells: [
        `${point.value}`,
        ...ablationMeasures.map(({ of }) => change(point[of], 1)),
        point.switches.toFixed(0),
        `${point.mixes}`,
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

/** The range of all measures, which includes baseline, widened to tenths. */
function domainOf(points: Ablation['points']): readonly [number, number] {
  const ratios = points.flatMap((point) => ablationMeasures.map(({ of }) => point[of]))
  const known = [1, ...ratios.filter(Number.isFinite)]
  return [Math.floor(Math.min(...known) * 10) / 10, Math.ceil(Math.max(...known) * 10) / 10]
}
