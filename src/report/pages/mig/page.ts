import type { Pair } from '../../../mig/evaluate.js'
import { notablePairs } from '../../../mig/notable.js'
import type { PartitionProblem } from '../../../mig/partitioners/partitioner.js'
import type { Study } from '../../../mig/study.js'
import {
  type Bar,
  bars,
  figure,
  heatChart,
  html,
  legend,
  lineChart,
  page,
  percent,
  type Row,
  type Section,
  seriesColour,
  significant,
  table,
} from '../../kit/index.js'
import { layoutPicture } from './picture.js'
import { exactText, instancesText, percentExact, rateText } from './text.js'

/** The study as a self-contained page. */
export function migReport(
  problem: PartitionProblem,
  study: Study,
  settings: Readonly<Record<string, string>>,
): string {
  const { gpu, gpus, latency, slaUs, quantile } = problem
  const own = ownPair(study)
  return page({
    title: `${latency.model} on ${gpus} × ${gpu.title}`,
    lead: study.verdict.text,
    facts: [
      {
        label: 'PARIS + ELSA',
        value: `${significant(own.capacity.ratePerS)}/s`,
        detail: 'requests within the target',
      },
      {
        label: 'Target',
        value: `${significant(slaUs / 1000)} ms`,
        detail: `for ${quantile * 100}% of requests`,
      },
      {
        label: 'Instances',
        value: `${study.plan.partitioning.partitions.length}`,
        detail: instancesText(study.plan.partitioning),
      },
      {
        label: 'Lost to rounding',
        value: percentExact(study.plan.roundingLoss),
        detail: 'against fractional layouts',
      },
    ],
    sections: [
      throughput(study),
      matrix(study),
      layout(problem, study),
      latencies(problem, study),
      tails(study),
      sources(problem, settings),
    ],
    footer: 'Simulated from latency tables by eclip. This file needs no network.',
  })
}

function ownPair({ pairs, plan }: Study): Pair {
  return (
    pairs.find(
      ({ partitioning, scheduler }) =>
        partitioning === plan.partitioning && scheduler.name === 'elsa',
    ) ?? pairs[0]
  )
}

function pairName({ partitioning, scheduler }: Pair): string {
  return `${partitioning.name} + ${scheduler.name}`
}

function throughput(study: Study): Section {
  const own = ownPair(study)
  const shown: Bar[] = notablePairs(study).map((pair) => ({
    label: pairName(pair),
    text: rateText(pair.capacity.ratePerS, pair.capacity.halfWidthPerS),
    parts: [
      { value: pair.capacity.ratePerS, colour: pair === own ? 'var(--accent)' : 'var(--faint)' },
    ],
    emphasis: pair === own ? 'strong' : undefined,
  }))
  return {
    id: 'throughput',
    title: 'Latency-bounded throughput',
    short: 'Throughput',
    intro:
      'The highest arrival rate at which the asked share of requests still meets the target. Each partitioner stands with its best scheduler; of equal layouts the best and the worst.',
    body: figure({
      caption: 'Requests per second within the target',
      chart: bars({
        title: 'Latency-bounded throughput of the notable pairs',
        description: study.verdict.text,
        bars: shown,
        reference: own.capacity.ratePerS,
      }),
    }),
  }
}

function matrix({ pairs }: Study): Section {
  const schedulers = [...new Set(pairs.map(({ scheduler }) => scheduler.name))]
  const partitionings = [...new Set(pairs.map(({ partitioning }) => partitioning))]
  const rateOf = (row: (typeof partitionings)[number], column: string): number =>
    pairs.find(({ partitioning, scheduler }) => partitioning === row && scheduler.name === column)
      ?.capacity.ratePerS ?? Number.NaN
  return {
    id: 'pairs',
    title: 'Every pair',
    body: figure({
      caption: 'Requests per second within the target, by partitioner and scheduler',
      chart: heatChart({
        title: 'Throughput of every pair',
        description: 'One row per partitioner, one column per scheduler; stronger is more.',
        rowLabels: partitionings.map(({ name }) => name),
        columnLabels: schedulers,
        values: partitionings.map((row) => schedulers.map((column) => rateOf(row, column))),
        format: significant,
        columnsName: 'scheduler',
      }),
    }),
  }
}

function layout({ gpu }: PartitionProblem, { plan, exact }: Study): Section {
  const rows: Row[] = plan.segments.map((segment) => ({
    cells: [
      segment.size.name,
      `${segment.size.cus}`,
      `${segment.kneeBatch}`,
      segment.to < segment.from ? 'none' : `${segment.from}–${segment.to}`,
      percent(segment.share),
      significant(segment.demandUs),
      segment.fractional.toFixed(2),
      `${(plan.partitioning.layouts ?? []).flat().filter(({ profile }) => profile.name === segment.size.name).length}`,
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
        { title: 'Chosen' },
      ],
      rows,
    })}${exact && html`<p>${exactText(exact)}</p>`}`,
  }
}

function latencies({ slaUs }: PartitionProblem, { plan }: Study): Section {
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

function tails(study: Study): Section {
  const rows: Row[] = notablePairs(study).map((pair) => ({
    cells: [
      pairName(pair),
      significant(pair.experience.p50Us / 1000),
      significant(pair.experience.p95Us / 1000),
      significant(pair.experience.p99Us / 1000),
      percentExact(pair.experience.lateShare),
      percent(pair.experience.utilisation),
    ],
  }))
  return {
    id: 'tails',
    title: `Tails at ${significant(study.comparedAtPerS)} requests/s`,
    short: 'Tails',
    body: table({
      caption: 'Latency and use of the partitions',
      columns: [
        { title: 'Pair' },
        { title: 'p50', unit: 'ms' },
        { title: 'p95', unit: 'ms' },
        { title: 'p99', unit: 'ms' },
        { title: 'Late' },
        { title: 'Busy' },
      ],
      rows,
    }),
  }
}

function sources(
  { latency, gpu, distribution }: PartitionProblem,
  settings: Readonly<Record<string, string>>,
): Section {
  const facts = {
    latency: latency.source,
    'largest batch': `${distribution.length - 1}`,
    ...settings,
  }
  return {
    id: 'sources',
    title: 'Sources',
    body: html`<ul>${Object.entries(facts).map(([name, value]) => html`<li>${name}: ${value}</li>`)}${gpu.provenance.map((line) => html`<li>${line}</li>`)}</ul>`,
  }
}
