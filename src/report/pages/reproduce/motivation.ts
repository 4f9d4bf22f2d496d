import { paperStreams } from '../../../reproduce/paper.js'
import type { Reproduction } from '../../../reproduce/reproduce.js'
import {
  bars,
  figure,
  type LineSeries,
  legend,
  lineChart,
  panels,
  type Section,
  seriesColour,
} from '../../kit/index.js'

/** The section on what a mask call costs compared with the kernel that follows it. */
export function maskSection({ maskCosts }: Reproduction): Section {
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

/** The section on how latency grows with the number of masked streams. */
export function streamsSection({ streams }: Reproduction): Section {
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
        caption: 'Latency of a request by number of masked streams',
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

/** The section on how many compute units each kernel needs. */
export function rightSizeSection({ rightSizes }: Reproduction): Section {
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
