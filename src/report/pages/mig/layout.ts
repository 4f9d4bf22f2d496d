import { countProfiles } from '../../../mig/layout.js'
import type { Partitioning, PartitionProblem } from '../../../mig/partitioners/partitioner.js'
import type { Study } from '../../../mig/study.js'
import {
  figure,
  html,
  legend,
  lineChart,
  note,
  percent,
  type Row,
  type Section,
  seriesColour,
  significant,
  table,
} from '../../kit/index.js'
import { layoutPicture } from './picture.js'
import { exactText, printedLines } from './text.js'

/** The section that draws PARIS's layout and says how PARIS arrived at it. */
export function layout({ gpu }: PartitionProblem, study: Study): Section {
  const { plan, exact } = study
  const countIn = ({ layouts = [] }: Partitioning, name: string): string =>
    `${countProfiles(layouts.flat()).get(name) ?? 0}`
  const rows: Row[] = plan.segments.map((segment) => ({
    cells: [
      segment.size.name,
      `${segment.size.cus}`,
      `${segment.kneeBatch}`,
      segment.to < segment.from ? 'none' : `${segment.from}–${segment.to}`,
      percent(segment.share),
      significant(segment.demandUs),
      segment.fractional.toFixed(2),
      countIn(plan.printed, segment.size.name),
      countIn(plan.partitioning, segment.size.name),
    ],
  }))
  return {
    id: 'layout',
    title: "PARIS's layout",
    short: 'Layout',
    body: html`${figure({
      caption: 'One row per GPU, one column per memory slice',
      chart: html`<div class="scroll" tabindex="0" role="group" aria-label="Layout">${layoutPicture(gpu, plan.partitioning.layouts ?? [])}</div>`,
    })}${table({
      caption: 'Knees, segments, demand and instances',
      columns: [
        { title: 'Size' },
        { title: 'CUs' },
        { title: 'Knee', unit: 'batch' },
        { title: 'Batches' },
        { title: 'Requests' },
        { title: 'R', unit: 'µs/request' },
        { title: 'Fractional' },
        { title: 'As printed' },
        { title: 'Chosen' },
      ],
      rows,
    })}${printedLines(study).map(note)}${exact && note(exactText(exact))}`,
  }
}

/** The section on how long a launch takes on each partition size. */
export function latencies({ slaUs }: PartitionProblem, { plan }: Study): Section {
  return {
    id: 'latency',
    title: 'Latency by batch and size',
    short: 'Latency',
    body: figure({
      caption: 'Latency of one launch, ms, by batch; one line per partition size',
      detail: 'Where a line crosses the target, the size can serve no larger batch in time.',
      legend: legend(
        plan.segments.map(({ size }, i) => ({
          label: size.name,
          colour: seriesColour(i),
          shape: 'line',
        })),
      ),
      chart: lineChart({
        title: 'Latency by batch',
        description: 'Larger partitions are faster; the dashed line is the target.',
        x: { label: 'batch' },
        y: { label: 'latency, ms' },
        series: plan.segments.map(({ size }, i) => ({
          name: size.name,
          colour: seriesColour(i),
          points: [...size.latencyUs].slice(1).map((us, b) => [b + 1, us / 1000] as const),
        })),
        references: [{ axis: 'y', value: slaUs / 1000, label: 'target' }],
      }),
    }),
  }
}
